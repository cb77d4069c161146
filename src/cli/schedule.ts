/** Schedules of Temporal that import a file again and again: made, listed and removed. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { memoOf } from '../contract/import/memo.js';
import type { ImportInput, ImportRequest } from '../contract/import/input.js';
import { importTitle } from '../contract/titles.js';
import { FileError } from '../csv/file-error.js';
import { openImportRoot } from '../store/open-store.js';
import { taskQueue } from '../temporal.js';
import { actorOf } from './actor.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { warningLine } from './lines.js';
import { withMapping } from './mapping-file.js';
import { toRequest, type SettingsOptions } from './options.js';
import { renderMade, renderSchedules, type ListedSchedule } from './render-schedules.js';
import {
  confirmPlace,
  isPattern,
  scheduleName,
  toScheduledRequest,
  waitsIn,
} from './schedule-request.js';
import { parseRequest } from './start.js';
import { importDetails } from './static-details.js';
import { withClient } from './with-client.js';

export interface ScheduleOptions extends SettingsOptions {
  cron?: string;
  timeZone?: string;
  name?: string;
}

/** @param file a path below the workers' import root, or a pattern */
export async function createSchedule(
  file: string,
  options: ScheduleOptions,
  { print, printJson }: CommandContext,
): Promise<void> {
  const { cron, timeZone = 'UTC', name: ownName, ...settings } = options;
  if (cron === undefined) {
    throw new CommandError(
      `When? Say it with --cron, for example --cron '0 3 * * *' for three o'clock each night.`,
      EXIT.wrongUse,
    );
  }
  confirmPlace(file);
  const name = scheduleName(ownName, file);
  const given = await withMapping(toRequest(settings), settings.mapping);
  const requestOf = (actor: string) => toScheduledRequest(file, { name, actor, given });
  // Before anybody is asked, as a start does.
  parseRequest(requestOf(settings.actor ?? 'not known yet'));
  const request = requestOf(await actorOf(settings.actor, print));
  const input = parseRequest(request);
  const warnings = [...waitWarnings(given), ...(await fileWarnings(file))];
  await withClient(async (client) => {
    await create(client, { name, cron, timeZone, request, input });
    const { info } = await client.schedule.getHandle(name).describe();
    const next = info.nextActionTimes[0]?.toISOString();
    const made = { name, cron, timeZone, next, file, source: input.missing.scope, warnings };
    printJson(made);
    for (const line of renderMade({ ...made, actor: input.actor, mode: input.mode })) print(line);
    for (const text of warnings) print(warningLine(text));
  });
}

function waitWarnings(given: Parameters<typeof waitsIn>[0]): string[] {
  const waits = waitsIn(given);
  if (waits.length === 0) return [];
  return [`Each night ${waits.join(', and ')}: until then, the nights after it are left out.`];
}

/** The file need not be there yet, but a wrong name would show at night only. */
async function fileWarnings(file: string): Promise<string[]> {
  const importRoot = process.env['IMPORT_ROOT'];
  if (!importRoot || isPattern(file)) return [];
  try {
    const root = await openImportRoot(importRoot);
    await (await root.open(file)).close();
    return [];
  } catch (error) {
    if (!(error instanceof FileError)) return [];
    return [`There is no file ${file} below ${importRoot} now: a night without one fails.`];
  }
}

/** Downtime of Temporal that is caught up with: the file of an older night is not that night's any more. */
const CATCH_UP = '1 hour';

/** @throws CommandError where there is one of that name, or Temporal does not understand when */
async function create(
  client: Client,
  {
    name,
    cron,
    timeZone,
    request,
    input,
  }: { name: string; cron: string; timeZone: string; request: ImportRequest; input: ImportInput },
): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: name,
      spec: { cronExpressions: [cron], timezone: timeZone },
      policies: {
        overlap: ScheduleOverlapPolicy.SKIP,
        catchupWindow: CATCH_UP,
        pauseOnFailure: true,
      },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.importUsers,
        workflowId: name,
        taskQueue: taskQueue(),
        args: [request],
        memo: memoOf(input),
        staticSummary: importTitle(input),
        staticDetails: importDetails(input),
      },
      // Temporal keeps no cron as it was written.
      memo: { cron, timeZone },
    });
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) {
      throw new CommandError(
        `There is a schedule ${name} already. Remove it first: user-import schedule remove ${name}. Or give this one another name: --name NAME`,
        EXIT.wrongUse,
      );
    }
    // What the SDK makes of a schedule that Temporal does not understand.
    if (error instanceof TypeError) {
      throw new CommandError(
        `Temporal does not take --cron "${cron}" with --time-zone ${timeZone}: ${error.message}`,
        EXIT.wrongUse,
      );
    }
    throw error;
  }
}

/** All schedules of imports that workers of this task queue carry out. */
export async function listSchedules({ print, printJson }: CommandContext): Promise<void> {
  await withClient(async (client) => {
    const schedules: ListedSchedule[] = [];
    for (const name of await namesOfImports(client)) {
      const found = await describe(client, name);
      if (found?.action.taskQueue === taskQueue()) schedules.push(await toListed(client, found));
    }
    schedules.sort((a, b) => (a.name < b.name ? -1 : 1));
    printJson({ schedules });
    for (const line of renderSchedules(schedules)) print(line);
  });
}

/** Asked without the SDK's client, which decodes the memo of each schedule and fails on one that is not JSON. */
async function namesOfImports(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const names: string[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.listSchedules({
      ...{ namespace, nextPageToken },
      maximumPageSize: 1000,
    });
    for (const { scheduleId, info } of page.schedules) {
      if (info?.workflowType?.name === WORKFLOW_TYPES.importUsers) names.push(scheduleId!);
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return names;
}

/** @returns undefined where there is none */
async function describe(client: Client, name: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(name).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

async function toListed(
  client: Client,
  { scheduleId, action, state, info, memo, spec }: ScheduleDescription,
): Promise<ListedSchedule> {
  // Anybody may make a schedule of imports, with any input.
  const [input] = (action.args ?? []) as [Partial<ImportRequest>?];
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const last = info.recentActions.at(-1);
  const workflowId = last?.action.workflow.workflowId;
  return {
    name: scheduleId,
    cron: text(memo?.['cron']),
    timeZone: text(memo?.['timeZone']) ?? (spec.timezone || 'UTC'),
    file: text(input?.file),
    source: text(input?.missing?.scope),
    paused: state.paused,
    note: state.note || undefined,
    next: state.paused ? undefined : info.nextActionTimes[0]?.toISOString(),
    last:
      last && workflowId !== undefined
        ? { workflowId, at: last.takenAt.toISOString(), state: await stateOf(client, workflowId) }
        : undefined,
    leftOut: info.numActionsSkippedOverlap,
  };
}

async function stateOf(client: Client, workflowId: string): Promise<string> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name.toLowerCase().replaceAll('_', '-');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'forgotten';
    throw error;
  }
}

/** Nothing is started by it any more. What runs goes on. */
export async function removeSchedule(
  name: string,
  { print, printJson }: CommandContext,
): Promise<void> {
  await withClient(async (client) => {
    const found = await describe(client, name);
    if (!found) {
      throw new CommandError(
        `There is no schedule "${name}" in the namespace "${client.options.namespace}". List them: user-import schedule list`,
        EXIT.wrongUse,
      );
    }
    const { workflowType } = found.action;
    if (workflowType !== WORKFLOW_TYPES.importUsers) {
      throw new CommandError(
        `The schedule ${name} starts no imports, but ${workflowType}: it is not removed here.`,
        EXIT.wrongUse,
      );
    }
    await client.schedule.getHandle(name).delete();
    const running = found.info.runningActions.map(({ workflow }) => workflow.workflowId);
    printJson({ removed: name, running });
    print(`Removed the schedule ${name}. Users and reports stay as they are.`);
    for (const id of running) print(`${id} goes on. Look at it: user-import status ${id}`);
  });
}
