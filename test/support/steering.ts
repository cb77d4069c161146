/** Commands given to a running import as any client of Temporal would, and their effects. */
import { WorkflowUpdateFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { Progress } from '../../src/contract/import/progress.js';
import { invitationsWorkflowId } from '../../src/contract/ids.js';
import type { FaultProxy } from './fault-proxy.js';
import { progressOf } from './imports.js';
import { until } from './until.js';
import type { World } from './world.js';

/** Each command is a signal and an update of the same name. */
export const WAYS = ['signal', 'update'] as const;
export type Way = (typeof WAYS)[number];

/** Gives a command; returns the progress right after it. */
export async function steer(
  handle: WorkflowHandle,
  way: Way,
  name: string,
  ...args: unknown[]
): Promise<Progress> {
  if (way === 'update')
    return handle.executeUpdate<Progress, [unknown]>(name, { args: args as [unknown] });
  await handle.signal(name, ...args);
  return progressOf(handle);
}

/** Gives a command that must be refused; returns the reason that the operator sees. */
export async function refusalOf(
  handle: WorkflowHandle,
  way: Way,
  name: string,
  ...args: unknown[]
): Promise<string> {
  if (way === 'signal') {
    return (await steer(handle, way, name, ...args)).notices.at(-1)?.text ?? 'no notice';
  }
  const error: unknown = await handle.executeUpdate(name, { args: args as [unknown] }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) {
    throw new Error(`${name} was not refused`, { cause: error });
  }
  if (!(error.cause instanceof ApplicationFailure)) throw error;
  return error.cause.message;
}

/** The answer to the Temporal UI's question: the commands of a workflow, and the details that it shows. */
export interface WorkflowMetadata {
  definition: {
    signalDefinitions: { name: string; description?: string }[];
    updateDefinitions: { name: string; description?: string }[];
    queryDefinitions: { name: string; description?: string }[];
  };
  currentDetails: string;
}

export function metadataOf(handle: WorkflowHandle): Promise<WorkflowMetadata> {
  return handle.query<WorkflowMetadata>('__temporal_workflow_metadata');
}

/** Waits until the mails of an import are in a state, by the details of their workflow, and no mail is in flight. */
export async function untilMailsRest(
  client: Client,
  handle: WorkflowHandle,
  state: RegExp,
): Promise<void> {
  const { workflowId } = handle;
  const { raw } = await handle.describe();
  // The run's name, also once it has continued as new.
  const runId = raw.workflowExecutionInfo!.firstRunId!;
  const mails = client.workflow.getHandle(invitationsWorkflowId({ workflowId, runId }));
  await until(async () => {
    const { currentDetails } = await metadataOf(mails);
    return state.test(currentDetails) && currentDetails.includes('in flight **0**');
  });
}

/** The commands to an import and its portions, in the order of its history; a portion by its first chunk. */
export type Step =
  | { did: 'command'; name: string; argument: unknown }
  | { did: 'start'; chunk: number; mode: string }
  | { did: 'end'; chunk: number; done: number };

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export function stepsOf({ events }: History): Step[] {
  const first = (payloads: unknown): unknown => {
    const [payload] = (payloads ?? []) as Parameters<
      typeof defaultPayloadConverter.fromPayload
    >[0][];
    return payload && defaultPayloadConverter.fromPayload(payload);
  };
  return (events ?? []).flatMap((event): Step[] => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal) {
      const argument = first(signal.input?.payloads);
      return [{ did: 'command', name: signal.signalName!, argument }];
    }
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (update) {
      return [{ did: 'command', name: update.name!, argument: first(update.args?.payloads) }];
    }
    const start = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (start) {
      const { chunk, mode } = first(start.input?.payloads) as { chunk: number; mode: string };
      return [{ did: 'start', chunk, mode }];
    }
    const end = event.childWorkflowExecutionCompletedEventAttributes;
    if (!end) return [];
    const { done } = first(end.result?.payloads) as { done: number };
    return [{ did: 'end', chunk: chunkOf(end.workflowExecution!.workflowId!), done }];
  });
}

function chunkOf(workflowId: string): number {
  return Number(/chunk-(\d+)$/.exec(workflowId)?.[1]);
}

/**
 * Lets an import go on until so many rows are done. It waits there, with its next writes on their way, until it is
 * carried further or `proxy.faults.writesLeft` is removed.
 */
export async function carryTo(
  proxy: FaultProxy,
  handle: WorkflowHandle,
  rows: number,
): Promise<void> {
  await until(async () => {
    if ((await progressOf(handle)).rows.done >= rows) return true;
    proxy.faults.writesLeft = 2;
    return false;
  });
}

/**
 * Stops Kratos's process in the middle of whatever it does, so that a chunk stays in flight for as long as `work`
 * takes.
 */
export async function whileKratosHangs<T>(world: World, work: () => Promise<T>): Promise<T> {
  process.kill(world.kratos.pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(world.kratos.pid, 'SIGCONT');
  }
}
