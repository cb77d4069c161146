/** The activities of an import: thin, over what src/ decides. */
import { ApplicationFailure } from '@temporalio/common';
import type { AuditDatabase } from '../src/audit/audit-database.js';
import { checkAudit, recordStart } from '../src/audit/trail.js';
import type { Findings } from '../src/contract/findings.js';
import { FATAL } from '../src/contract/failures.js';
import { chunkLabel, type RunRef } from '../src/contract/ids.js';
import type { ImportInput, Mode } from '../src/contract/import/input.js';
import type { ChunkResult } from '../src/contract/import/outcomes.js';
import type { Passwords } from '../src/import/candidate.js';
import { importChunk } from '../src/import/import-chunk.js';
import { checkInvitationSettings } from '../src/invitations/preflight.js';
import type { SendInvitationDeps } from '../src/invitations/send-invitation.js';
import { withRetries } from '../src/kratos/with-retries.js';
import { AdaptiveSemaphore } from '../src/flow-control/adaptive-semaphore.js';
import { RetryAfterGate } from '../src/kratos/retry-after-gate.js';
import { PreflightError } from '../src/contract/errors.js';
import { PlanCache } from '../src/validation/plan-cache.js';
import { makePlan } from '../src/validation/make-plan.js';
import { preflight } from '../src/validation/preflight.js';
import { readReport } from '../src/store/report-file.js';
import type { Report } from '../src/contract/report.js';
import { writeReport, type ReportRequest } from '../src/report/write-report.js';
import { RunFolder } from '../src/store/run-folder.js';
import { invitationActivities } from './invitations.js';
import { orPreflightError } from './preflight-error.js';
import { purgeActivities } from './purge.js';
import { runAttempt } from './attempt.js';
import { undoActivities } from './undo.js';

export interface ActivityDeps extends SendInvitationDeps {
  importRoot: string;
  runsRoot: string;
  roles: readonly string[];
  tenants: readonly string[] | undefined;
  passwords: Passwords;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase;
}

export interface ImportRequestOfRun {
  run: RunRef;
  input: ImportInput;
}

export interface ChunkRequest {
  run: RunRef;
  /** Counted from 1. */
  chunk: number;
  /** What happens to rows whose user exists, as it was when the chunk started. */
  mode: Mode;
}

/** Where the report is, and what it says in counts. */
export type ReportSummary = Pick<
  Report,
  'ending' | 'rows' | 'combined' | 'roleChanges' | 'invitations' | 'warnings' | 'files'
> & {
  folder: string;
};

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: ActivityDeps) {
  const plans = new PlanCache();
  const retryAfter = new RetryAfterGate();
  const writes = new AdaptiveSemaphore();
  return {
    ...invitationActivities(deps, plans),
    ...undoActivities({ ...deps, retryAfter }, plans),
    ...purgeActivities(deps),

    /**
     * Proves that all the import needs is there: Kratos, its token and schema, the file and its columns, the run's
     * folder, the audit database. Fails the run with what is wrong, but for a Kratos or a database that does not answer,
     * which is retryable.
     */
    preflight({ run, input }: ImportRequestOfRun): Promise<void> {
      return runAttempt({ run }, async () => {
        const folder = new RunFolder(deps.runsRoot, run);
        await folder.create().catch((error: unknown) => {
          throw new PreflightError(
            `The worker cannot write the run's folder ${folder.path} (${(error as NodeJS.ErrnoException).code}). Make IMPORT_RUNS writable for it.`,
          );
        });
        await orPreflightError(async () => {
          await deps.kratos.ready();
          await deps.kratos.checkToken();
          await checkInvitationSettings(deps, input);
          await checkRetried(folder, input);
          const { file } = await preflight(deps, input);
          await file.close();
          if (input.dryRun === false) await checkAudit(deps, run, input);
        });
      });
    },

    /** Validates the whole file into the run's plan; heartbeats the number of rows read. */
    validateFile({ run, input }: ImportRequestOfRun): Promise<Findings> {
      return runAttempt({ run }, async ({ progress, signal, reportStall }) => {
        const folder = new RunFolder(deps.runsRoot, run);
        await folder.create();
        const kratos = withRetries(deps.kratos, { signal, onStall: reportStall, retryAfter });
        return makePlan({ ...deps, kratos }, input, folder, (rows) => progress({ rows }));
      });
    },

    /** Tells the audit trail that from now on users are created or changed. */
    recordStart({ run }: { run: RunRef }): Promise<void> {
      return runAttempt({ run }, () => recordStart(deps, run, new RunFolder(deps.runsRoot, run)));
    },

    /** Imports one chunk; its outcomes and audit events are on disk when this returns their summary. */
    importRows({ run, chunk, mode }: ChunkRequest): Promise<ChunkResult> {
      return runAttempt({ run, chunk }, async (attempt) => {
        const folder = new RunFolder(deps.runsRoot, run);
        const plan = await plans.get(folder);
        const { use, findings } = plan.plan;
        if (use === 'none' || chunk > findings.chunks) {
          throw ApplicationFailure.create({
            type: FATAL.InvalidInput,
            nonRetryable: true,
            message: `The plan of this run has nothing to import in this chunk. ${chunkLabel(run, chunk)}`,
          });
        }
        return importChunk(
          { ...deps, retryAfter, writes },
          { run, folder, plan, chunk, mode },
          attempt,
        );
      });
    },

    /** Writes results.csv, rejects.csv, audit.jsonl and report.json. */
    writeReport(request: ReportRequest): Promise<ReportSummary> {
      return runAttempt(request, async () => {
        const folder = new RunFolder(deps.runsRoot, request.run);
        const report = await writeReport(folder, deps.importRoot, request, deps);
        const { ending, rows, combined, roleChanges, invitations, warnings, files } = report;
        return {
          ...{ ending, rows, roleChanges, invitations, warnings, files, folder: folder.path },
          ...(combined && { combined }),
        };
      });
    },
  };
}

/** A retry adds up with the report of the run that it retries. */
async function checkRetried(folder: RunFolder, { retryOf }: ImportInput): Promise<void> {
  if (!retryOf || (await readReport(folder.of(retryOf)))) return;
  throw new PreflightError(
    `retryOf: there is no report of the run ${retryOf.workflowId}/${retryOf.runId} in the runs folder of this worker. Retry a run that has ended, and give all workers the same IMPORT_RUNS.`,
  );
}
