/**
 * What Temporal lists of imports, retries, undos. It is asked without the SDK's client, which decodes the memo of each
 * workflow and fails on one that is not JSON.
 */
import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES, type RunRef } from '../contract/ids.js';
import { memoText, taskQueue } from '../temporal.js';

/** One execution: the last one of a run that has continued as new. */
export interface Execution extends RunRef {
  type: string;
  status: ExecutionStatus;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string | undefined;
  /** What its memo says, where it can be read. */
  file?: string | undefined;
  actor?: string | undefined;
  dryRun?: string | undefined;
  /** Of an undo: the import that it undoes. */
  import?: string | undefined;
}

/** By Temporal's numbers; one that has continued as new goes on in another. */
const STATUS = {
  1: 'running',
  2: 'completed',
  3: 'failed',
  4: 'cancelled',
  5: 'terminated',
  7: 'timed-out',
} as const;
type ExecutionStatus = (typeof STATUS)[keyof typeof STATUS];

const ENDED_FIRST = 100;

/**
 * The import, or the retry, that was started last.
 * @returns undefined where Temporal knows none
 */
export async function newestImport(client: Client): Promise<Execution | undefined> {
  // Temporal lists what runs first, then by the end: what was started last is among the first ones.
  const listed = await listExecutions(client, IMPORTS(), ENDED_FIRST);
  return listed.toSorted(byStart)[0];
}

/** The imports of this task queue, as Temporal's query language has it. */
export const IMPORTS = (): string =>
  `WorkflowType = '${WORKFLOW_TYPES.importUsers}' AND TaskQueue = '${taskQueue()}'`;

/** Newest first. */
export function byStart(a: { startedAt: string }, b: { startedAt: string }): number {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt);
}

/** @param most ended ones that are read at most, the last ones; all that run are read */
export async function listExecutions(
  client: Client,
  query: string,
  most: number,
): Promise<Execution[]> {
  const { namespace } = client.options;
  const found: Execution[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      ...{ namespace, query, nextPageToken },
      pageSize: Math.min(most, 1000),
    });
    found.push(...page.executions.flatMap((info) => toExecution(info) ?? []));
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0 && found.filter(isEnded).length < most);
  return found;
}

const isEnded = ({ status }: Execution): boolean => status !== 'running';

/** The parts of Temporal's WorkflowExecutionInfo that count. */
interface Info {
  execution?: { workflowId?: string | null; runId?: string | null } | null;
  firstRunId?: string | null;
  type?: { name?: string | null } | null;
  status?: number | null;
  startTime?: Time | null;
  closeTime?: Time | null;
  memo?: { fields?: Record<string, { data?: Uint8Array | null }> | null } | null;
}
interface Time {
  seconds?: { toString(): string } | number | null;
  nanos?: number | null;
}

function toExecution(info: Info): Execution | undefined {
  const status = STATUS[info.status as keyof typeof STATUS] as ExecutionStatus | undefined;
  if (!status) return undefined;
  const text = (name: string) => memoText(info.memo?.fields?.[name]?.data);
  return {
    workflowId: info.execution!.workflowId!,
    runId: info.firstRunId || info.execution!.runId!,
    type: info.type!.name!,
    status,
    startedAt: toIso(info.startTime!),
    endedAt: info.closeTime ? toIso(info.closeTime) : undefined,
    ...{ file: text('file'), actor: text('actor'), dryRun: text('dryRun'), import: text('import') },
  };
}

function toIso({ seconds, nanos }: Time): string {
  return new Date(Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1e6)).toISOString();
}
