/** The activities of an import: thin, over what src/ decides. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Passwords } from '../src/import/credential.js';
import type { AuditDatabase } from '../src/audit/audit-database.js';
import { recordStart } from '../src/audit/trail.js';
import { FATAL } from '../src/contract/failures.js';
import { chunkLabel, type RunRef } from '../src/contract/ids.js';
import type { Channels } from '../src/contract/notification.js';
import type { PlanFindings } from '../src/contract/import/effects.js';
import { changesExisting, type ImportInput } from '../src/contract/import/input.js';
import type { Portion } from '../src/contract/import/open-chunks.js';
import type { PortionResult, PortionSettings } from '../src/contract/import/portion.js';
import type { TakenFile } from '../src/contract/import/taken-file.js';
import type { SignInTrial } from '../src/contract/import/sign-ins.js';
import { expectUpdates, MOST_LOOK_UPS } from '../src/import/expect-updates.js';
import { importChunk } from '../src/import/import-chunk.js';
import { leaveChunk } from '../src/import/leave-chunk.js';
import { importPortion } from '../src/import/import-portion.js';
import { tryKnownUsers } from '../src/import/known-users.js';
import type { SendInvitationDeps } from '../src/invitations/send-invitation.js';
import type { Kratos, SignIns } from '../src/kratos/kratos.js';
import { eitherOf, withRetries } from '../src/kratos/with-retries.js';
import { AdaptiveSemaphore } from '../src/flow-control/adaptive-semaphore.js';
import { RetryAfterGate } from '../src/kratos/retry-after-gate.js';
import { PlanCache } from '../src/validation/plan-cache.js';
import { makePlan } from '../src/validation/make-plan.js';
import { takeFile } from '../src/validation/take-file.js';
import type { Report } from '../src/contract/report.js';
import { writeReport, type ReportRequest } from '../src/report/write-report.js';
import { isLeaverChunk, lastChunk, openChunk } from '../src/store/open-run.js';
import type { ProjectParameters } from '../src/passwords/formats/project-parameters.js';
import type { SearchAttributes } from '../src/contract/search-attributes.js';
import { registeredAttributes } from '../src/registered-attributes.js';
import { RunLayout } from '../src/store/run-layout.js';
import { recordBegun } from '../src/store/source-nights.js';
import type { Store } from '../src/store/store.js';
import { executionUrl } from '../src/temporal-ui.js';
import { checked } from './check-request.js';
import { checkBeforeImport, refuseWhileUndone } from './check-before-import.js';
import { childActivities } from './children.js';
import { openUndoOf } from './execution-status.js';
import { measured, measuredWrites } from './measure.js';
import { notifyActivities, withChannels, type NotifyDeps } from './notify.js';
import { invitationActivities } from './invitations.js';
import { openRunsIn } from './open-run.js';
import { refuseOvertaken } from './overtaken.js';
import { purgeActivities } from './purge.js';
import { runAttempt, type Attempt } from './attempt.js';
import { undoActivities } from './undo.js';
import { turnsOfRequests } from '../src/flow-control/turns.js';
import { rootOfSeenFiles, type ImportRoot } from '../src/store/import-root.js';

/** So often a file that this worker lacks is looked for by others. */
const TRIES_ELSEWHERE = 5;

export interface ActivityDeps extends SendInvitationDeps, NotifyDeps {
  kratos: Kratos;
  importRoot: ImportRoot;
  /** Where runs leave their files; the same for all workers. */
  runs: Store;
  roles: readonly string[];
  tenants: readonly string[] | undefined;
  passwords: Passwords;
  /** Undefined: the worker does not know Kratos's public API. */
  signIns?: SignIns | undefined;
  /** Parameters that hashes of other products are made with. */
  projectParameters?: ProjectParameters | undefined;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase | undefined;
  /** Those that imports set; undefined: none. */
  searchAttributes?: SearchAttributes | undefined;
  /** Aborted with a HandedBackError when the worker is being ended: chunks are handed back as soon as they can be. */
  handBack?: AbortSignal | undefined;
}

/** The run that is to import a file, and what its operator asked for. */
export interface FileRequest {
  run: RunRef;
  input: ImportInput;
}

/** What a workflow has to know of the worker's settings. */
export interface Preflight {
  /** The search attributes that the import sets; absent: none. */
  searchAttributes?: SearchAttributes | undefined;
  /** The ways to tell operators; absent: none. */
  channels?: Channels | undefined;
}

/** Chunks that a child workflow is to import. */
export interface PortionRequest extends Portion, PortionSettings {
  run: RunRef;
}

/** The canary of a run, whose known users are to sign in. */
export interface SignInsRequest {
  run: RunRef;
  /** Path of their list below the import root. */
  file: string;
}

/** Where the report is, and what it says in counts. */
export type ReportSummary = Pick<
  Report,
  | 'ending'
  | 'rows'
  | 'combined'
  | 'errors'
  | 'leftAlone'
  | 'roleChanges'
  | 'otherChanges'
  | 'invitations'
  | 'warnings'
  | 'files'
> &
  Partial<
    Pick<
      Report,
      'roles' | 'tenants' | 'sample' | 'notes' | 'leavers' | 'comparison' | 'unchangedSince'
    >
  > & {
    folder: string;
  };

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: ActivityDeps) {
  const openRun = openRunsIn(deps.runs, new PlanCache(deps.projectParameters));
  const retryAfter = new RetryAfterGate();
  const writes = measuredWrites(new AdaptiveSemaphore());
  const seen = { ...deps, importRoot: rootOfSeenFiles(deps.importRoot) };
  /** For what comes to its end without the file as well, once no worker has it. */
  const rootFor = ({ number }: Attempt) =>
    number <= TRIES_ELSEWHERE ? seen.importRoot : deps.importRoot;
  const activities = {
    ...invitationActivities(deps, openRun),
    ...undoActivities({ ...deps, retryAfter, turns: turnsOfRequests() }, openRun),
    ...purgeActivities(deps),
    ...childActivities,
    ...notifyActivities(deps),

    /**
     * Proves that all the import needs is there: Kratos, its token and schema, the file and its columns, the run's
     * folder, the audit database. Fails the run with what is wrong, but for a Kratos or a database that does not
     * answer, which is retryable. Says how operators are told, also where it fails.
     */
    preflight({ run, input }: FileRequest): Promise<Preflight> {
      return withChannels(deps, () =>
        runAttempt({ run }, async () => {
          await checkBeforeImport(deps, run, input, openUndoOf);
          return { searchAttributes: await listedAttributes(deps) };
        }),
      );
    },

    /**
     * Finds the file that there is now, the newest of a pattern where the input has one, and whether the last run of the
     * source has imported the very same.
     */
    takeFile({ run, input }: FileRequest): Promise<TakenFile & Pick<Preflight, 'channels'>> {
      return withChannels(deps, () =>
        runAttempt({ run }, async ({ signal }) => {
          const taken = await takeFile(deps, input, signal);
          // What it takes back would be done again meanwhile.
          if (input.dryRun === false && taken.last && !taken.unchanged) {
            await refuseWhileUndone(taken.last.run, openUndoOf);
          }
          return taken;
        }),
      );
    },

    /** Validates the whole file into the run's plan; heartbeats the number of rows read. */
    validateFile({ run, input }: FileRequest): Promise<PlanFindings> {
      const lastTry = 10;
      return runAttempt({ run, lastTry }, async ({ progress, signal, reportStall }) => {
        const folder = new RunLayout(deps.runs, run);
        const kratos = withRetries(deps.kratos, { signal, onStall: reportStall, retryAfter });
        const onRows = (rows: number) => progress({ rows });
        const findings = await makePlan({ ...seen, kratos }, input, folder, onRows);
        if (!changesExisting(input) || input.dryRun !== false) return findings;
        const { rows } = findings;
        const loaded = await openRun(run);
        if (loaded.plan.use !== 'import') return findings;
        const isApproved = input.approval === 'required' || input.canaryRows > 0;
        const lookUps = isApproved ? MOST_LOOK_UPS : 0;
        const options = { mode: input.mode, lookUps, signal };
        const expected = await expectUpdates({ ...seen, kratos }, loaded, options, () =>
          onRows(rows),
        );
        return { ...findings, expected };
      });
    },

    /** Records in the audit trail that from now on users are created or changed. */
    recordStart({ run }: { run: RunRef }): Promise<void> {
      return runAttempt({ run }, async () => {
        const { folder, plan } = await openRun(run);
        const at = deps.now().toISOString();
        if (plan.source) await recordBegun(deps.runs, plan.source.name, { run, at });
        await recordStart(deps, run, folder);
      });
    },

    /**
     * Imports chunks, one after the other, until something asks for the rest; the outcomes and audit events of those that
     * it says are done are on disk when this returns their sum. Heartbeats the number of the chunk that it is at.
     */
    importRows({
      run,
      mode,
      haltAboveFailureRate,
      failuresBefore,
      ...portion
    }: PortionRequest): Promise<PortionResult> {
      let chunk = portion.chunk;
      return runAttempt({ run, chunk: () => chunk, handsBack: true }, async (attempt) => {
        const loaded = await openRun(run);
        const { use } = loaded.plan;
        const last = portion.chunk + portion.chunks - 1;
        if ((use !== 'import' && use !== 'preview') || last > lastChunk(loaded.plan)) {
          throw ApplicationFailure.create({
            type: FATAL.InvalidInput,
            nonRetryable: true,
            message: `The plan of this run has nothing to import in this chunk. ${chunkLabel(run, chunk)}`,
          });
        }
        const isOfLeavers = isLeaverChunk(loaded.plan, portion.chunk);
        if (use === 'import') await refuseOvertaken(deps.runs, loaded.plan);
        const handBack = eitherOf(attempt.handBack, deps.handBack);
        const importOne = async (number: number) => {
          chunk = number;
          attempt.progress({ chunk });
          const work = { ...(await openChunk(loaded, chunk)), mode };
          const importIt = isOfLeavers ? leaveChunk : importChunk;
          return importIt({ ...seen, retryAfter, writes, handBack }, work, attempt);
        };
        const now = () => performance.now();
        const options = { haltAboveFailureRate, failuresBefore, handBack, now };
        return importPortion(portion, importOne, options);
      });
    },

    /** Tries to sign in as the known users of the canary; tells them by their numbers only. */
    trySignIns({ run, file }: SignInsRequest): Promise<SignInTrial> {
      return runAttempt({ run }, (attempt) => {
        const { signal, reportStall: onStall } = attempt;
        const known = { ...deps, importRoot: rootFor(attempt) };
        return tryKnownUsers(known, file, { signal, retryAfter, onStall });
      });
    },

    /** Writes results.csv, rejects.csv, idmap.csv, audit.jsonl and report.json. */
    writeReport(request: ReportRequest): Promise<ReportSummary> {
      return runAttempt(request, async (attempt) => {
        const folder = new RunLayout(deps.runs, request.run);
        const temporalUrl = deps.temporalUiUrl && ownUrl(deps.temporalUiUrl);
        const options = { ...deps, temporalUrl };
        const report = await writeReport(folder, rootFor(attempt), request, options);
        return summarize(report, folder.address);
      });
    },
  };
  return checked(measured(activities));
}

/** One that was removed since the start of the worker would stop an import that sets it. */
async function listedAttributes({
  searchAttributes,
}: ActivityDeps): Promise<SearchAttributes | undefined> {
  if (!searchAttributes) return undefined;
  const { connection, options } = Context.current().client;
  return registeredAttributes(connection, options.namespace, searchAttributes);
}

/** The page of the workflow that asks. */
function ownUrl(uiUrl: string): string | undefined {
  const { namespace, workflowExecution } = Context.current().info;
  return workflowExecution && executionUrl(uiUrl, namespace, workflowExecution);
}

function summarize(report: Report, folder: string): ReportSummary {
  const { ending, rows, errors, leftAlone, roleChanges, otherChanges, combined } = report;
  const { invitations, warnings, files, roles, tenants, sample } = report;
  const { notes, leavers, comparison, unchangedSince } = report;
  const changes = { errors, leftAlone, roleChanges, otherChanges, roles, tenants, sample };
  const ofSource = { notes, leavers, comparison, unchangedSince };
  const summary = { ending, rows, ...changes, ...ofSource, invitations, warnings, files, folder };
  return combined ? { ...summary, combined } : summary;
}
