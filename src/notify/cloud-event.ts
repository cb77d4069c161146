/** A notification as an event of CloudEvents 1.0, in its JSON format. */
import type { RunRef } from '../contract/ids.js';
import { notificationName, type Notification } from '../contract/notification.js';
import { describe } from './describe.js';

const TYPE_PREFIX = 'io.github.kratos-user-import';

/** Where a run goes on, as its worker knows it. */
export interface Place {
  namespace: string;
  taskQueue: string;
  /** The run's page in Temporal's UI. */
  url?: string | undefined;
}

export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  data: object;
}

/** The same at each try. Without a dot, which ends the id in what is signed. */
export function eventIdOf({ runId }: RunRef, notification: Notification): string {
  return `${runId}-${notificationName(notification)}`;
}

export function toCloudEvent(
  run: RunRef,
  notification: Notification,
  { namespace, taskQueue, url }: Place,
): CloudEvent {
  const { of, what, reason, at, phase, rows, invitations } = notification;
  const { title, text, commands } = describe(notification, run);
  return {
    specversion: '1.0',
    id: eventIdOf(run, notification),
    source: `/namespaces/${encodeURIComponent(namespace)}/task-queues/${encodeURIComponent(taskQueue)}`,
    type: `${TYPE_PREFIX}.${of}.${what}`,
    subject: run.workflowId,
    time: at,
    datacontenttype: 'application/json',
    data: {
      ...{ workflowId: run.workflowId, runId: run.runId },
      ...{
        phase,
        reason,
        summary: `${run.workflowId} ${title}`,
        text,
        rows,
        invitations,
        commands,
        url,
      },
    },
  };
}
