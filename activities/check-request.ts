/**
 * What an activity is asked for, checked before it does anything. Whoever may write to the namespace may schedule an
 * activity with any argument, and a reference to a run becomes a path.
 */
import { Context } from '@temporalio/activity';
import { InputError } from '../src/contract/errors.js';
import {
  chunkWorkflowId,
  invitationsWorkflowId,
  isChildId,
  isRunId,
  isWorkflowId,
  notificationWorkflowId,
  WORKFLOW_TYPES,
  type RunRef,
} from '../src/contract/ids.js';
import { isNotification, notificationName } from '../src/contract/notification.js';
import { toFailure } from './failures.js';

/** Keys of a request that refer to a run of an import, and so to a folder. */
const REFERENCES = ['run', 'after'];
/** Keys that list such references. */
const LISTS = ['later'];
/** Keys by which an undo or a purge refers to itself: a schedule puts a time with colons into its id. */
const SELVES = ['undo', 'purge'];
/** Keys of a request that count from 1. */
const NUMBERS = ['chunk', 'chunks', 'line', 'from'];

type AnyActivity = (request: never) => Promise<unknown>;

/** The same activities, each of which checks its request first. */
export function checked<Activities extends Record<string, AnyActivity>>(
  activities: Activities,
): Activities {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    async (request: never) => {
      checkRequest(request, Context.current().info);
      return activity(request);
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

interface Caller {
  workflowType?: string | undefined;
  workflowExecution?: { workflowId: string } | undefined;
}

/** @throws the failure that ends the run; it repeats nothing of a wrong request */
export function checkRequest(request: unknown, caller: Caller): void {
  const problem = problemOf(request, caller);
  if (problem !== undefined) throw toFailure(new InputError(problem), '');
}

function problemOf(request: unknown, caller: Caller): string | undefined {
  if (typeof request !== 'object' || request === null) return 'An activity takes an object.';
  const parts = request as Record<string, unknown>;
  for (const name of REFERENCES) {
    if (parts[name] !== undefined && !isRunRef(parts[name])) {
      return `The activity's ${name} is no reference to a run: a workflow id and a run id.`;
    }
  }
  for (const name of LISTS) {
    const list = parts[name];
    if (list !== undefined && !(Array.isArray(list) && list.every(isRunRef))) {
      return `The activity's ${name} is no list of references to runs.`;
    }
  }
  for (const name of SELVES) {
    if (parts[name] !== undefined && !isSelf(parts[name], caller)) {
      return `The activity's ${name} is not the workflow that asks.`;
    }
  }
  for (const name of NUMBERS) {
    if (parts[name] !== undefined && !isNumber(parts[name])) {
      return `The activity's ${name} is no number that counts from 1.`;
    }
  }
  return isAskedByItsOwn(parts, caller)
    ? undefined
    : 'The activity is asked for a run by a workflow that is not of this run.';
}

function isRunRef(value: unknown): value is RunRef {
  const { workflowId, runId } = (value ?? {}) as Record<string, unknown>;
  return isWorkflowId(workflowId) && isRunId(runId);
}

function isSelf(value: unknown, { workflowExecution }: Caller): boolean {
  const { workflowId, runId } = (value ?? {}) as Record<string, unknown>;
  return workflowId === workflowExecution?.workflowId && isRunId(runId);
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** Each workflow asks for its own run only. Temporal says who asks; the request cannot. */
function isAskedByItsOwn(
  { run, undo, purge, chunk, notification }: Record<string, unknown>,
  caller: Caller,
): boolean {
  const { workflowType, workflowExecution } = caller;
  const id = workflowExecution?.workflowId ?? '';
  switch (workflowType) {
    case WORKFLOW_TYPES.importUsers:
      return isRunRef(run) && run.workflowId === id;
    case WORKFLOW_TYPES.importChunk:
      return isRunRef(run) && isNumber(chunk) && isChildId(id, chunkWorkflowId(run, chunk));
    case WORKFLOW_TYPES.sendInvitations:
      return isRunRef(run) && isChildId(id, invitationsWorkflowId(run));
    case WORKFLOW_TYPES.notifyOperators:
      return (
        isRunRef(run) &&
        isNotification(notification) &&
        id === notificationWorkflowId(run, notificationName(notification))
      );
    case WORKFLOW_TYPES.undoImport:
      return isSelf(undo, caller);
    case WORKFLOW_TYPES.purgeRuns:
      return isSelf(purge, caller);
    default:
      return false;
  }
}
