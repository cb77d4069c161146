/** The preflight of an import: everything that it will need, tried out before a row is read. */
import { checkAudit, type TrailDeps } from '../src/audit/trail.js';
import { InputError, PreflightError } from '../src/contract/errors.js';
import type { RunRef } from '../src/contract/ids.js';
import type { ImportInput } from '../src/contract/import/input.js';
import { checkKnownUsers, type KnownUsersDeps } from '../src/import/known-users.js';
import { checkInvitationSettings } from '../src/invitations/preflight.js';
import type { Mailer } from '../src/invitations/mail/mailer.js';
import { proveScratch } from '../src/store/existing-users.js';
import { readReport } from '../src/store/report-file.js';
import { RunLayout } from '../src/store/run-layout.js';
import { StoreError, type Store } from '../src/store/store.js';
import { preflight, type PreflightDeps } from '../src/validation/preflight.js';
import { orPreflightError } from './preflight-error.js';

type CheckDeps = PreflightDeps & TrailDeps & KnownUsersDeps & { mailer: Mailer; runs: Store };

/** @throws PreflightError, FileError: the message says what to do. Servers that do not answer: retryable errors */
export async function checkBeforeImport(
  deps: CheckDeps,
  run: RunRef,
  input: ImportInput,
): Promise<void> {
  const folder = new RunLayout(deps.runs, run);
  await proveStore(folder);
  await orPreflightError(async () => {
    await deps.kratos.ready();
    await deps.kratos.checkToken();
    await checkInvitationSettings(deps, input);
    if (input.canarySignIns !== undefined) await checkKnownUsers(deps, input.canarySignIns);
    await checkRetried(folder, input);
    const { file } = await preflight(deps, input);
    await file.close();
    if (input.dryRun === false) await checkAudit(deps, run, input);
  });
}

async function proveStore({ store, prefix, address }: RunLayout): Promise<void> {
  const probe = async (): Promise<void> => {
    proveScratch();
    await store.probe(prefix);
  };
  await probe().catch((error: unknown) => {
    if (error instanceof StoreError && error.kind === 'away') throw error;
    if (error instanceof StoreError || error instanceof InputError)
      throw new PreflightError(error.message);
    const { code } = error as NodeJS.ErrnoException;
    throw new PreflightError(
      `The worker cannot write the run's folder ${address} (${code}). Make IMPORT_RUNS writable for it.`,
    );
  });
}

/** A retry adds up with the report of the run that it retries. */
async function checkRetried(folder: RunLayout, { retryOf }: ImportInput): Promise<void> {
  if (!retryOf || (await readReport(folder.of(retryOf)))) return;
  throw new PreflightError(
    `retryOf: there is no report of the run ${retryOf.workflowId}/${retryOf.runId} in the runs folder of this worker. Retry a run that has ended, and give all workers the same IMPORT_RUNS.`,
  );
}
