/** Why a workflow does not answer: what Temporal knows of it, and of the workers that could run it. */
import {
  QueryNotRegisteredError,
  type Client,
  type WorkflowClient,
  type WorkflowHandle,
} from '@temporalio/client';
import { formatSeconds } from '../format.js';
import { printable, withoutAddresses } from '../printable.js';
import { taskQueue } from '../temporal.js';

/** A version of the worker: its WORKER_DEPLOYMENT_NAME and WORKER_BUILD_ID. */
interface Version {
  deploymentName: string;
  buildId: string;
}

/** A worker that has asked for tasks lately. */
interface SeenWorker {
  identity: string;
  secondsAgo: number;
  /** Undefined: it runs without WORKER_BUILD_ID. */
  version: Version | undefined;
}

/** The workers of a task queue. */
export interface Queue {
  namespace: string;
  taskQueue: string;
  /** Undefined when Temporal does not tell. */
  workers: SeenWorker[] | undefined;
  /** The version that gets what is new; undefined: workers without a version do. */
  current: Version | undefined;
}

/** What is known of a workflow that does not answer. */
export interface Silence extends Queue {
  /** The version that it stays with, whichever is the current one. */
  pinnedTo: Version | undefined;
  /** Its present task has failed before. */
  failing: { attempts: number; reason: string } | undefined;
  /** What a worker answered in place of the progress. */
  refusal: string | undefined;
}

/** A worker that waits for tasks asks anew within a minute. Temporal names it for five minutes after its end. */
const ASKS_WITHIN_S = 70;
/** Characters of a reason. */
const MOST_REASON = 400;
/** Of Temporal's VersioningBehavior and WorkerVersioningMode. */
const PINNED = 1;
const VERSIONED = 2;

/**
 * Why a workflow does not answer, and what to do about it; nothing for one that has ended.
 * @param error what came in place of an answer
 * @returns lines, the first of which says what is wrong
 */
export async function whySilent(handle: WorkflowHandle, error?: unknown): Promise<string[]> {
  const silence = await look(handle, error);
  if (!silence) return [];
  return explainTrouble(silence, taskQueue()) ?? explainWait(silence);
}

/** The same of a workflow that was not asked: nothing as long as nothing is known to be wrong. */
export async function whyStuck(handle: WorkflowHandle): Promise<string[]> {
  const silence = await look(handle, undefined);
  return (silence && explainTrouble(silence, taskQueue())) ?? [];
}

/** Why what was started just now waits; nothing when a worker takes it. */
export async function whyNobodyStarts({ workflow }: Client): Promise<string[]> {
  const queue = await lookAtQueue(workflow, taskQueue());
  const silence = { ...queue, pinnedTo: undefined, failing: undefined, refusal: undefined };
  return explainTrouble(silence, taskQueue()) ?? [];
}

/** @returns undefined for a workflow that has ended */
async function look(handle: WorkflowHandle, error: unknown): Promise<Silence | undefined> {
  const { client, workflowId } = handle;
  const { workflowExecutionInfo: info, pendingWorkflowTask: pending } =
    await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId },
    });
  if (!info || info.closeTime) return undefined;
  const attempts = pending?.attempt ?? 0;
  return {
    ...(await lookAtQueue(client, info.taskQueue ?? '')),
    pinnedTo: pinnedVersion(info.versioningInfo ?? {}),
    failing: attempts > 1 ? { attempts, reason: await lastFailure(handle) } : undefined,
    refusal: error instanceof QueryNotRegisteredError ? error.message : undefined,
  };
}

/** An operator may have pinned it to another version than that which started it. */
function pinnedVersion({
  behavior,
  deploymentVersion,
  versioningOverride,
}: Versioning): Version | undefined {
  const isPinned = behavior === PINNED && !versioningOverride?.autoUpgrade;
  return (
    toVersion(versioningOverride?.pinned?.version) ??
    (isPinned ? toVersion(deploymentVersion) : undefined)
  );
}

/** The parts of Temporal's WorkflowExecutionVersioningInfo that count. */
interface Versioning {
  behavior?: number | null;
  deploymentVersion?: NamedVersion | null;
  versioningOverride?: {
    pinned?: { version?: NamedVersion | null } | null;
    autoUpgrade?: boolean | null;
  } | null;
}

/** The workers that have asked a task queue for work lately. */
export async function lookAtQueue(
  { workflowService, options }: WorkflowClient,
  name: string,
): Promise<Queue> {
  const { namespace } = options;
  const queue = { namespace, taskQueue: name };
  const asked = { namespace, taskQueue: { name } };
  // Who may look at a workflow may not be allowed to look at its queue.
  const found = await workflowService.describeTaskQueue(asked).catch(() => undefined);
  if (!found) return { ...queue, workers: undefined, current: undefined };
  const workers = found.pollers.map(({ identity, lastAccessTime, deploymentOptions }) => {
    const mode: number | null | undefined = deploymentOptions?.workerVersioningMode;
    return {
      identity: identity ?? '',
      secondsAgo: Math.max(0, Math.round(Date.now() / 1000 - Number(lastAccessTime?.seconds ?? 0))),
      version: mode === VERSIONED ? toVersion(deploymentOptions) : undefined,
    };
  });
  return {
    ...queue,
    workers: workers.filter(({ secondsAgo }) => secondsAgo < ASKS_WITHIN_S),
    current: toVersion(found.versioningInfo?.currentDeploymentVersion),
  };
}

interface NamedVersion {
  deploymentName?: string | null;
  buildId?: string | null;
}

function toVersion(version: NamedVersion | null | undefined): Version | undefined {
  const { deploymentName, buildId } = version ?? {};
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
}

/** Temporal keeps the first failure of a row of them in the history, and only counts the others. */
async function lastFailure({ client, workflowId }: WorkflowHandle): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: 20,
  });
  for (const event of history?.events ?? []) {
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed) return failed.failure?.message ?? 'no reason given';
    if (event.workflowTaskTimedOutEventAttributes) return 'the worker did not finish it in time';
    if (event.workflowTaskCompletedEventAttributes) break;
  }
  return 'no reason given';
}

/**
 * @param ownQueue the TASK_QUEUE of the command
 * @returns undefined when nothing is known to be wrong
 */
export function explainTrouble(silence: Silence, ownQueue: string): string[] | undefined {
  const { failing, refusal, workers, pinnedTo, current } = silence;
  if (workers?.length === 0) return explainNobody(silence, ownQueue);
  const wanted = pinnedTo ?? current;
  if (workers && !workers.some(({ version }) => isSame(version, wanted))) {
    return explainVersions(workers, silence);
  }
  if (failing) {
    const { attempts, reason } = failing;
    return [
      `A worker takes its tasks and fails: ${oneLine(reason)} (attempt ${attempts}).`,
      ...AFTER_FAILURE,
    ];
  }
  if (refusal !== undefined) {
    return [`A worker cannot run it: ${oneLine(refusal)}`, ...AFTER_FAILURE];
  }
  return undefined;
}

const AFTER_FAILURE = [
  'Nothing is lost: it goes on once workers run that can. After a deploy, bring back the version that ran before, or run a corrected one; the worker’s log has the details.',
];

function explainNobody(
  { namespace, taskQueue: queue, pinnedTo, current }: Silence,
  ownQueue: string,
): string[] {
  const where = `the task queue "${queue}" of the namespace "${namespace}"`;
  const wanted = pinnedTo ?? current;
  const settings = [
    ...(queue === ownQueue ? [] : [`TASK_QUEUE=${queue}`]),
    ...(wanted ? [`WORKER_DEPLOYMENT_NAME=${wanted.deploymentName}`] : []),
    ...(wanted ? [`WORKER_BUILD_ID=${wanted.buildId}`] : []),
  ];
  // Another release that is only called so would get its tasks, and fail them.
  const one = wanted ? `one of ${nameOfVersion(wanted)}` : 'one';
  const start = [`Start ${one} with:`, ...settings, 'user-import worker'].join(' ');
  const differs = queue === ownQueue ? '' : ` This command has TASK_QUEUE "${ownQueue}".`;
  return [`No worker runs for ${where}.${differs} ${start}`];
}

function explainVersions(workers: SeenWorker[], { pinnedTo, current }: Silence): string[] {
  const running = [...new Set(workers.map(({ version }) => nameOfVersion(version)))].join(', ');
  if (pinnedTo) {
    return [
      `It belongs to the workers of ${nameOfVersion(pinnedTo)}, and none of them runs; those that run are of ${running}.`,
      'Start one of its version again, until it has ended: docs/deploy.md.',
    ];
  }
  return [
    `Its tasks go to workers of ${nameOfVersion(current)}, and none of them runs; those that run are of ${running}.`,
    current
      ? `Start one of that version, or make another one the current one: temporal worker deployment set-current-version --deployment-name ${current.deploymentName} --build-id … (--unversioned: workers of no version).`
      : 'Make the version that runs the current one: temporal worker deployment set-current-version.',
  ];
}

/** Workers run that could answer, and nothing is known to keep them from it. */
function explainWait({ workers, taskQueue: queue }: Silence): string[] {
  if (!workers) return ['No worker answers. Is one running? Start one with: user-import worker'];
  const [latest] = workers.toSorted((a, b) => a.secondsAgo - b.secondsAgo);
  const asked = `${latest!.identity} asked for work ${formatSeconds(latest!.secondsAgo)} ago`;
  return [
    `No worker answers on the task queue "${queue}". ${asked}: it has ended since, or is too busy.`,
  ];
}

function isSame(a: Version | undefined, b: Version | undefined): boolean {
  return a?.deploymentName === b?.deploymentName && a?.buildId === b?.buildId;
}

export function nameOfVersion(version: Version | undefined): string {
  return version ? `version ${version.buildId} (${version.deploymentName})` : 'no version';
}

/** The reason of a worker that may be anybody's. */
function oneLine(reason: string): string {
  const text = withoutAddresses(printable(reason.split('\n', 1)[0]!)).trim();
  return text.length > MOST_REASON ? `${text.slice(0, MOST_REASON - 1)}…` : text;
}
