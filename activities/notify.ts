/** The activity that tells operators: thin, over what src/notify decides. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { RunRef } from '../src/contract/ids.js';
import type { Channels, Delivery, SendNotificationRequest } from '../src/contract/notification.js';
import type { Notifier, Telling } from '../src/notify/notifier.js';
import { lacksSettings } from '../src/notify/notify-error.js';
import { executionUrl } from '../src/temporal-ui.js';
import { runAttempt } from './attempt.js';

export interface NotifyDeps {
  /** Undefined: this worker tells nobody. */
  notifier?: Notifier | undefined;
  /** The address of Temporal's UI, for links. */
  temporalUiUrl?: string | undefined;
}

/**
 * Adds the ways to tell operators to what a preflight answers, and to the details of its failure: the end of a run that
 * fails in it is told, too.
 */
export async function withChannels<T extends object>(
  { notifier }: NotifyDeps,
  preflight: () => Promise<T>,
): Promise<T & { channels?: Channels }> {
  if (!notifier) return preflight();
  const { channels } = notifier;
  try {
    return { ...(await preflight()), channels };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    throw Object.assign(error, { details: [error.details?.[0], { channels }] });
  }
}

export function notifyActivities({ notifier, temporalUiUrl }: NotifyDeps) {
  return {
    /** Tells one notification by one channel; says whether the other side took it. */
    sendNotification({ run, notification, channel }: SendNotificationRequest): Promise<Delivery> {
      return runAttempt({ run }, async ({ signal }) => {
        if (!notifier) throw lacksSettings();
        const telling = { run, notification, place: placeOf(run, temporalUiUrl) };
        const delivery = await notifier.send(telling, channel, signal);
        if (!delivery.taken) {
          Context.current().log.warn(`Operators were not told: ${delivery.why}.`, { channel });
        }
        return delivery;
      });
    },
  };
}

function placeOf(run: RunRef, temporalUiUrl: string | undefined): Telling['place'] {
  const { namespace, taskQueue } = Context.current().info;
  const url = temporalUiUrl && executionUrl(temporalUiUrl, namespace, run);
  return { namespace, taskQueue, url: url || undefined };
}
