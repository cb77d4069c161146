/**
 * What all runs of an import together have made of the rows that a run has had: those of the same file under the same
 * workflow id, and the retries. Another file under the same id has other rows, and is not added up.
 */
import type { RunRef } from '../contract/ids.js';
import type { Attempt, Report } from '../contract/report.js';
import {
  knowRun,
  knowRuns,
  retriedBy,
  knownRunsOfImport,
  sha256Of,
  type KnownRun,
} from '../store/find-attempts.js';
import { runsOf } from '../store/find-run.js';
import type { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import { combine, noRows, toAttempt, type RowSum } from './attempts.js';
import { changedIn } from './leavers.js';
import { sumRuns } from './sum-runs.js';

type ImportSum = Pick<Report, 'attempts' | 'combined' | 'otherFiles' | 'warnings'>;

/** Runs of one file that are added up; each is read once more, and a file may be started every night. */
const MOST_RUNS = 50;

/** The runs that had the same rows. */
interface Group {
  runs: KnownRun[];
  /** Of a retry: the run whose rejected rows it has, and the group of that run. */
  of?: { base: KnownRun; group: Group } | undefined;
}

/**
 * @param report of the run that has just ended
 * @param undecided chunks of it that had begun and whose outcomes are not known
 * @returns what goes into the report: nothing where there is no other run
 */
export async function sumImport(
  report: Report,
  folder: RunLayout,
  undecided: ReadonlySet<number>,
): Promise<ImportSum> {
  const { run, settings, startedAt } = report;
  const none = { warnings: [] };
  if (settings.dryRun !== false || report.ending === 'unchanged') return none;
  const isAlone = (await runsOf(folder.store, run.workflowId)).length <= 1;
  if (isAlone && !settings.retryOf) return none;
  const { plan } = (await knowRun(folder.store, run)) ?? {};
  const last: KnownRun = { run, folder, report, plan, startedAt };
  const earlier = await earlierRuns(folder.store, last);
  const groups = groupsOf([...earlier, last]);
  const own = groups.find(({ runs }) => runs.includes(last))!;
  if (settings.retryOf && !own.of) return { warnings: [BASE_GONE] };
  const family = groups.filter((group) => rootOf(group) === rootOf(own));

  const summer = new Summer(last, undecided);
  const sums: RowSum[] = [];
  for (const group of family) sums.push(await summer.sumGroup(group));
  const [first, ...retries] = sums;
  const attempts = summer.attempts();
  const combined = combine(
    first!,
    retries.map((sum, i) => ({ ...sum, of: family[i + 1]!.of?.base.report?.rows ?? noRows() })),
  );
  const others = earlier.filter(
    (one) =>
      one.run.workflowId === run.workflowId && !family.some(({ runs }) => runs.includes(one)),
  );
  const otherFiles = await changersOf(others);
  return {
    ...(attempts.length > 0 && { attempts, combined }),
    ...(otherFiles.length > 0 && { otherFiles }),
    warnings: summer.warnings,
  };
}

const BASE_GONE =
  'The report of the run that this one retries is gone: there is no sum of all attempts.';

/** Oldest first; dry runs are none, nor is a run that had nothing to do. */
async function earlierRuns(store: Store, last: KnownRun): Promise<KnownRun[]> {
  const runs = await knownRunsOfImport(store, last.run.workflowId);
  // Retries that were not started by the command may have any id.
  for (let ref = last.report?.settings.retryOf; ref && !find(runs, ref);) {
    const found: KnownRun[] = await knowRuns(store, [ref.workflowId]);
    runs.push(...found);
    ref = find(found, ref)?.report?.settings.retryOf;
  }
  const before = Date.parse(last.startedAt);
  return runs
    .filter((one) => one.run.runId !== last.run.runId && Date.parse(one.startedAt) <= before)
    .filter(isImport)
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

function find(runs: readonly KnownRun[], { runId }: RunRef): KnownRun | undefined {
  return runs.find(({ run }) => run.runId === runId);
}

function isImport({ report, plan }: KnownRun): boolean {
  if (!report) return plan?.use === 'import';
  return report.settings.dryRun === false && report.ending !== 'unchanged';
}

/** @param runs oldest first, so that what a retry corrects comes before it */
function groupsOf(runs: readonly KnownRun[]): Group[] {
  const groups: Group[] = [];
  for (const run of runs) {
    const base = baseOf(run, runs);
    const group = base && groups.find((one) => one.runs.includes(base));
    const isOrphan = run.report?.settings.retryOf !== undefined && !group;
    const same = groups.find((one) => one.of?.group === group && haveSameRows(one.runs[0]!, run));
    if (same && !isOrphan) same.runs.push(run);
    else groups.push({ runs: [run], of: base && group && { base, group } });
  }
  return groups;
}

/** A retry that has left no report has corrected the last run before it that came to its end. */
function baseOf({ run, report, startedAt }: KnownRun, runs: readonly KnownRun[]) {
  if (report) return report.settings.retryOf && find(runs, report.settings.retryOf);
  if (retriedBy(run.workflowId) === undefined) return undefined;
  return runs.findLast((one) => one.report?.ending === 'done' && one.startedAt < startedAt);
}

/** The same bytes are the same rows, unless another line was said to be the header. */
function haveSameRows(a: KnownRun, b: KnownRun): boolean {
  const sha256 = sha256Of(a);
  return sha256 !== undefined && sha256 === sha256Of(b) && totalOf(a) === totalOf(b);
}

function totalOf({ report, plan }: KnownRun): number | undefined {
  return report?.rows.total ?? plan?.findings.rows;
}

function rootOf(group: Group): Group {
  return group.of ? rootOf(group.of.group) : group;
}

/** Adds up groups, and notes what each of their runs has come to. */
class Summer {
  readonly warnings: string[] = [];
  private readonly found: { attempt: Attempt; run: KnownRun }[] = [];

  constructor(
    private readonly last: KnownRun,
    private readonly undecided: ReadonlySet<number>,
  ) {}

  async sumGroup({ runs }: Group): Promise<RowSum> {
    const [only] = runs;
    if (runs.length === 1 && only?.report && !only.report.undone) {
      if (only !== this.last) this.note(only, only.report);
      return only.report;
    }
    const planned = runs.filter(({ plan }) => plan).slice(-MOST_RUNS);
    if (planned.length < runs.length) {
      this.warnings.push(
        `Only ${planned.length} of the ${runs.length} runs of the same file are part of the sum of all attempts.`,
      );
    }
    const sum = await sumKnown(planned, (run) => (run === this.last ? this.undecided : undefined));
    planned.forEach((run, i) => run !== this.last && this.note(run, sum.each[i]!));
    return sum;
  }

  /** Oldest first. */
  attempts(): Attempt[] {
    const inOrder = this.found.toSorted(
      (a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt),
    );
    return inOrder.map(({ attempt }) => attempt);
  }

  private note(run: KnownRun, sum: RowSum): void {
    this.found.push({ run, attempt: attemptOf(run, sum) });
  }
}

function sumKnown(
  runs: readonly KnownRun[],
  undecided: (run: KnownRun) => ReadonlySet<number> | undefined = () => undefined,
) {
  return sumRuns(
    runs.map((known) => {
      const { run, folder, startedAt } = known;
      return { run, folder, plan: known.plan!, startedAt, undecided: undecided(known) };
    }),
  );
}

/** @param sum what the run has come to, where it has left no report that says it */
function attemptOf({ run, report, plan, startedAt }: KnownRun, sum: RowSum): Attempt {
  if (report) return toAttempt(report);
  const { rows, invitations } = sum;
  const { file, actor, findings } = plan!;
  return { run, startedAt, rows, invitations, file, sha256: findings.sha256, actor };
}

/** Those of the runs that have created or changed users. */
async function changersOf(runs: readonly KnownRun[]): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const run of runs) {
    const sum = run.report ?? (await sumKnown([run])).each[0]!;
    const attempt = attemptOf(run, sum);
    if (changedIn(attempt) > 0) attempts.push(attempt);
  }
  return attempts;
}
