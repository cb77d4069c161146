/** The preflight of an import: everything that it will need, tried out before a row is read. */
import { checkAudit, type TrailDeps } from '../src/audit/trail.js';
import { PreflightError } from '../src/contract/errors.js';
import type { RunRef } from '../src/contract/ids.js';
import type { ImportInput } from '../src/contract/import/input.js';
import { checkKnownUsers, type KnownUsersDeps } from '../src/import/known-users.js';
import { proveAdmin } from '../src/kratos/prove-admin.js';
import { checkInvitationSettings } from '../src/invitations/preflight.js';
import type { Mailer } from '../src/invitations/mail/mailer.js';
import { retriedBy } from '../src/store/find-attempts.js';
import { proveStore } from '../src/store/prove-store.js';
import { readReport } from '../src/store/report-file.js';
import { valuesOf } from '../src/settled.js';
import { RunLayout } from '../src/store/run-layout.js';
import type { Store } from '../src/store/store.js';
import { preflight, type PreflightDeps } from '../src/validation/preflight.js';
import { orPreflightError } from './preflight-error.js';

/**
 * An import finds users there whom an undo deletes a moment later, and reports them as skipped.
 * @throws PreflightError
 */
export async function refuseWhileUndone(
  { workflowId }: RunRef,
  openUndoOf: (importId: string) => Promise<string | undefined>,
): Promise<void> {
  for (const id of new Set([workflowId, retriedBy(workflowId) ?? workflowId])) {
    const undo = await openUndoOf(id);
    if (undo === undefined) continue;
    throw new PreflightError(
      `An undo of ${id} goes on, or waits for its approval: ${undo}. Wait for its end, or cancel it, then start the file again.`,
    );
  }
}

type CheckDeps = PreflightDeps & TrailDeps & KnownUsersDeps & { mailer: Mailer; runs: Store };

/**
 * @param openUndoOf the workflow id of an undo of an import that has not ended, as Temporal knows it
 * @throws PreflightError, FileError: the message says what to do. Servers that do not answer: retryable errors
 */
export async function checkBeforeImport(
  deps: CheckDeps,
  run: RunRef,
  input: ImportInput,
  openUndoOf: (importId: string) => Promise<string | undefined>,
): Promise<void> {
  const folder = new RunLayout(deps.runs, run);
  const isImport = input.dryRun === false;
  // Of several that fail, the first one says why.
  const checks = await Promise.allSettled([
    isImport ? refuseWhileUndone(run, openUndoOf) : Promise.resolve(),
    proveStore(folder),
    checkKratosAndFile(deps, run, input),
  ]);
  valuesOf(checks);
}

async function checkKratosAndFile(deps: CheckDeps, run: RunRef, input: ImportInput): Promise<void> {
  await orPreflightError(async () => {
    await proveAdmin(deps.kratos);
    await checkInvitationSettings(deps, input);
    if (input.canarySignIns !== undefined) await checkKnownUsers(deps, input.canarySignIns);
    await checkRetried(new RunLayout(deps.runs, run), input);
    const { file } = await preflight(deps, input);
    await file.close();
    if (input.dryRun === false) await checkAudit(deps, run, input);
  });
}

/** A retry adds up with the report of the run that it retries. */
async function checkRetried(folder: RunLayout, { retryOf }: ImportInput): Promise<void> {
  if (!retryOf || (await readReport(folder.of(retryOf)))) return;
  throw new PreflightError(
    `retryOf: there is no report of the run ${retryOf.workflowId}/${retryOf.runId} in the runs folder of this worker. Retry a run that has ended, and give all workers the same IMPORT_RUNS.`,
  );
}
