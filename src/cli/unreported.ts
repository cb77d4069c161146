/** A run that was ended before it could write its report: what there is of it, and the report made afterwards. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { chunkWorkflowId, WORKFLOW_TYPES, type RunRef } from '../contract/ids.js';
import { parseImportInput, type ImportInput } from '../contract/import/input.js';
import type { Ending, Report } from '../contract/report.js';
import { formatNumber } from '../format.js';
import { makeReport } from '../report/make-report.js';
import { nextSteps } from '../report/next-steps.js';
import { sumRuns } from '../report/sum-runs.js';
import { openImportRoot } from '../store/open-store.js';
import { findPlan, type Plan } from '../store/plan.js';
import type { RunLayout } from '../store/run-layout.js';
import { VersionChanged } from '../store/store.js';
import { executionUrl, temporalUiUrl } from '../temporal-ui.js';
import { listExecutions } from './executions.js';
import { CommandError, EXIT } from './exit.js';
import { describeRows } from './render-attempts.js';
import type { Line } from './terminal.js';

/** How a run has ended, as Temporal knows it or the operator says. */
interface End {
  ending: Ending;
  startedAt: string | undefined;
  endedAt: string | undefined;
  /** Undefined where Temporal has forgotten it, or where it is encoded. */
  settings: ImportInput | undefined;
}

/** By the words of Temporal's client. A run that came to its end without a report could not write it. */
const ENDINGS: Partial<Record<string, Ending>> = {
  COMPLETED: 'failed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  // Its last execution is gone, or another run has the id by now.
  CONTINUED_AS_NEW: 'terminated',
};

/** Writers of a chunk that was ended notice it within this time. */
const QUIET_MS = 60_000;

/**
 * Makes the report of a run that has none, as a worker would have.
 * @param client undefined: the operator says that the run has ended, and Temporal is not asked
 * @throws CommandError where it has not ended, or nobody knows whether it has
 */
export async function makeMissingReport(
  client: Client | undefined,
  folder: RunLayout,
  importRoot: string | undefined,
): Promise<Report> {
  const { run, store } = folder;
  if (await store.stat(folder.purged)) throw wasPurged(run);
  const end = client ? await endOf(client, run) : undefined;
  if (client) await refuseWhileWritten(client, folder);
  const plan = await findPlan(folder);
  const changedAt = await lastChange(folder);
  const settings = end?.settings ?? settingsOf(plan, run);
  const uiUrl = temporalUiUrl();
  const made = {
    ...{ run, settings, ending: end?.ending ?? 'terminated' },
    startedAt: end?.startedAt ?? plan?.at ?? changedAt,
    endedAt: end?.endedAt ?? changedAt,
    temporalUrl: uiUrl && client && executionUrl(uiUrl, client.options.namespace, run),
  };
  const root = importRoot ? await openImportRoot(importRoot) : undefined;
  try {
    const report = await makeReport(store, root, made);
    if (await store.stat(folder.purged)) throw await withdrawn(folder);
    return report;
  } catch (error) {
    if (!(error instanceof VersionChanged)) throw error;
    throw new CommandError(
      `${run.workflowId} has a report by now, which somebody else has written: user-import report ${run.workflowId}`,
      EXIT.incomplete,
    );
  }
}

/** A purge has come to its end meanwhile: what was written since holds personal data again. */
async function withdrawn(folder: RunLayout): Promise<CommandError> {
  const { results, rejects, idMap, report, page } = folder;
  await folder.store.remove([results, rejects, idMap, report, page]);
  return wasPurged(folder.run);
}

function wasPurged({ workflowId }: RunRef): CommandError {
  return new CommandError(
    `${workflowId} was purged: what a report would be made of is gone.`,
    EXIT.wrongUse,
  );
}

async function endOf(client: Client, run: RunRef): Promise<End> {
  const found = await describe(client, run);
  if (!found) {
    throw new CommandError(
      `Temporal knows nothing of this run of ${run.workflowId}: it has forgotten it, or it is in another namespace. If you know that it has ended, add --ended.`,
      EXIT.wrongUse,
    );
  }
  const ending = ENDINGS[found.status.name];
  if (!ending) {
    throw new CommandError(
      `${run.workflowId} still runs; its report is written at its end. Watch it: user-import watch ${run.workflowId}`,
      EXIT.wrongUse,
    );
  }
  return {
    ending,
    startedAt: found.startTime.toISOString(),
    endedAt: found.closeTime?.toISOString(),
    settings: await settingsInHistory(client, run),
  };
}

/** The last execution of the run, or its first one where another run has the id by now. */
async function describe(client: Client, { workflowId, runId }: RunRef) {
  try {
    const newest = await client.workflow.getHandle(workflowId).describe();
    const first = newest.raw.workflowExecutionInfo?.firstRunId || newest.runId;
    const found =
      first === runId ? newest : await client.workflow.getHandle(workflowId, runId).describe();
    return found.type === WORKFLOW_TYPES.importUsers ? found : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** What the run was started with. */
async function settingsInHistory(client: Client, run: RunRef): Promise<ImportInput | undefined> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: run,
      maximumPageSize: 1,
    });
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const data = started?.input?.payloads?.[0]?.data;
    const parsed = parseImportInput(JSON.parse(Buffer.from(data ?? []).toString()));
    return parsed.ok ? parsed.input : undefined;
  } catch {
    return undefined;
  }
}

/** Chunks may go on for a moment after the import itself was terminated. */
async function refuseWhileWritten(client: Client, folder: RunLayout): Promise<void> {
  const { run } = folder;
  const children = chunkWorkflowId(run, 0).replace(/chunk-0$/, '');
  const query = `WorkflowId STARTS_WITH '${children}' AND ExecutionStatus = 'Running'`;
  const isWritten =
    (await listExecutions(client, query, 1)).length > 0 ||
    Date.parse(await lastChange(folder)) > Date.now() - QUIET_MS;
  if (!isWritten) return;
  throw new CommandError(
    `Something has written to ${run.workflowId} within the last minute, or may still do so. Wait a minute; if you know that it has ended, add --ended.`,
    EXIT.incomplete,
  );
}

/** ISO 8601. */
async function lastChange({ store, prefix }: RunLayout): Promise<string> {
  let last = 0;
  for await (const { changedAt } of store.list(prefix)) last = Math.max(last, changedAt.getTime());
  return new Date(last).toISOString();
}

/** What the plan says of them; the others are the defaults. */
function settingsOf(plan: Plan | undefined, run: RunRef): ImportInput {
  const { file = 'unknown', actor = 'unknown' } = plan ?? {};
  const parsed = parseImportInput({
    ...{ file, actor, dryRun: plan?.use === 'preview' ? 'live' : false },
    ...(plan && {
      ...{ chunkSize: plan.chunkSize, allow: plan.allow, setPasswords: plan.setPasswords },
      ...{ markEmailVerified: plan.markEmailVerified, schemaId: plan.schema.id, from: plan.from },
    }),
  });
  if (parsed.ok) return parsed.input;
  throw new CommandError(
    `The settings of ${run.workflowId} are not known: its plan cannot be read.`,
    EXIT.incomplete,
  );
}

/** What there is of a run that has left no report, and what can be done. */
export async function describeUnreported(folder: RunLayout, why: string): Promise<Line[]> {
  const { run } = folder;
  const plan = await findPlan(folder);
  const make = `Make its report: user-import report ${run.workflowId} --run ${run.runId} --make`;
  const title: Line = { tone: 'error', text: `${run.workflowId}: ${why}, and left no report.` };
  if (!plan) return [title, 'Its file was not validated, so nobody was imported.', make];
  const { rows: total, invalid } = plan.findings;
  const known = { run, folder, plan, startedAt: plan.at, undecided: undefined };
  const { rows, invitations } = (await sumRuns([known])).each[0]!;
  const steps = nextSteps({
    ...{ run, rows, ending: 'terminated', files: [], leftAlone: {} },
    settings: settingsOf(plan, run),
    sha256: plan.findings.sha256,
    invitations: { ...invitations, failures: {} },
  });
  return [
    title,
    `Its file ${plan.file} was validated: ${formatNumber(total)} rows, ${formatNumber(invalid)} not valid.`,
    `What is known of the rows: ${describeRows(rows)}.`,
    `Invitations: ${formatNumber(invitations.sent)} sent, ${formatNumber(invitations.failed)} failed, ${formatNumber(invitations.due)} still due.`,
    make,
    ...steps.map(({ what, command }) => `${what}: ${command}`),
  ];
}
