/** The files that a run leaves for people: results.csv, rejects.csv, idmap.csv, audit.jsonl, report.json and report.html. */
import { basename } from 'node:path';
import type { Ending, History, Report, Timeline } from '../contract/report.js';
import { recordEnd, TrailFile, writePurgedTrail, type TrailDeps } from '../audit/trail.js';
import type { FileProblem } from '../contract/codes.js';
import type { RunRef } from '../contract/ids.js';
import type { ImportInput } from '../contract/import/input.js';
import { readPlan, type Plan } from '../store/plan.js';
import type { OpenRun } from '../store/open-run.js';
import { begunChunks, hasOutcomes } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import { readReport } from '../store/report-file.js';
import { readNights, recordNight, type SourceNight } from '../store/source-nights.js';
import { VersionChanged, type Store } from '../store/store.js';
import { cleanUp } from './clean-up.js';
import { compare, isNight, MOST_NIGHTS, nightOf, toTrend } from './comparison.js';
import { streamChunks } from './row-stream.js';
import { saveReport } from './save-report.js';
import { sumImport } from './sum-import.js';
import { noCounts, writeInvalidRows, writeRows, type RowCounts } from './write-rows.js';
import type { ImportRoot } from '../store/import-root.js';

export interface ReportRequest {
  run: RunRef;
  ending: Ending;
  startedAt: string;
  settings: ImportInput;
  fileError?: FileProblem | undefined;
  failure?: string | undefined;
  /** Whether validation had finished, so that there is a plan. */
  planned: boolean;
  /** Chunks that may have begun, and have no outcomes that the workflow knows of. */
  undecidedChunks: number[];
  /** Of a run that is `unchanged`: the digest of its file, and the run that has had the same. */
  sha256?: string | undefined;
  unchangedSince?: RunRef | undefined;
  timeline: Timeline;
  history: History;
}

type ReportDeps = TrailDeps & Pick<Report, 'temporalUrl'>;

/**
 * Writes the files anew from the plan and the outcomes; running it again gives the same.
 * @throws AuditError when all files are written, but the audit database does not take the events that it lacks
 */
export async function writeReport(
  folder: RunLayout,
  importRoot: ImportRoot,
  request: ReportRequest,
  deps: ReportDeps,
): Promise<Report> {
  const { run, planned } = request;
  // A run that was cancelled at once has no folder yet.
  if (!planned) await folder.store.probe(folder.prefix);
  // Whoever has written a report since this attempt began knows more: an attempt that hung must not undo a purge.
  const earlier = (await folder.store.stat(folder.report))?.version;
  const plan = planned ? await readPlan(folder) : undefined;
  const finishedAt = deps.now().toISOString();
  const openRun = plan && { run, folder, plan };
  const { begun, undecidedChunks } = await begunOf(folder, request.undecidedChunks);
  const counts = openRun
    ? await writeRowFiles(openRun, importRoot, { ...request, undecidedChunks }, finishedAt)
    : noCounts();
  const report = toReport(request, finishedAt, plan, counts);
  report.temporalUrl = deps.temporalUrl;
  const night = plan && (await nightOfReport(folder.store, report, plan));
  Object.assign(report, night?.compared);
  const { warnings, ...sum } = await sumImport(report, folder, new Set(undecidedChunks));
  Object.assign(report, sum);
  report.warnings.push(...warnings);
  report.files = await filesOf(folder);
  const saved = await saveReport(folder, report, earlier).catch(async (error: unknown) => {
    if (error instanceof VersionChanged) await leavePurged(folder);
    throw error;
  });
  if (openRun) await recordEnd(deps, openRun, begun);
  if (night && isNight(report)) await recordNight(folder.store, night.night);
  await cleanUp(folder);
  return saved;
}

/** Those of the chunks that have begun, and those of them that did not come to their outcomes. */
async function begunOf(
  folder: RunLayout,
  chunks: number[],
): Promise<{ begun: number[]; undecidedChunks: number[] }> {
  if (chunks.length === 0) return { begun: [], undecidedChunks: [] };
  const { open, done } = await begunChunks(folder);
  const isOpen = new Set(open);
  const hasBegun = new Set([...open, ...done]);
  return {
    begun: chunks.filter((chunk) => hasBegun.has(chunk)),
    undecidedChunks: chunks.filter((chunk) => isOpen.has(chunk)),
  };
}

/** An attempt that hung while the run was purged has written its rows again, and its trail without the purge. */
async function leavePurged(folder: RunLayout): Promise<void> {
  if ((await readReport(folder))?.purgedAt === undefined) return;
  await folder.store.remove([folder.results, folder.rejects, folder.idMap]);
  await writePurgedTrail(folder);
}

async function writeRowFiles(
  openRun: OpenRun,
  importRoot: ImportRoot,
  { ending, undecidedChunks }: ReportRequest,
  finishedAt: string,
): Promise<RowCounts> {
  const trail = await TrailFile.open(openRun, ending, finishedAt);
  try {
    const undecided = new Set(undecidedChunks);
    const chunks = streamChunks(openRun, { importRoot, undecided, at: trail?.at });
    const counts = (await hasImported(openRun, ending))
      ? await writeRows(openRun, chunks, trail)
      : await writeInvalidRows(openRun);
    await trail?.commit(counts.rows);
    return counts;
  } catch (error) {
    await trail?.discard();
    throw error;
  }
}

/** Also where all chunks were skipped: nothing had to be asked of Kratos for any row of its source. */
async function hasImported({ folder, plan }: OpenRun, ending: Ending): Promise<boolean> {
  if (plan.source && plan.use !== 'none' && isToTheEnd(ending)) return true;
  return hasOutcomes(folder);
}

function isToTheEnd(ending: Ending): boolean {
  return ending === 'done' || ending === 'dry-run';
}

/** What is kept of a run of a source, and how it compares with those before it. */
interface ReportedNight {
  night: SourceNight;
  compared: Pick<Report, 'comparison' | 'trend'>;
}

/** @returns undefined for a retry, and for a run that did not come to its end or looked at the file alone */
async function nightOfReport(
  store: Store,
  report: Report,
  plan: Plan,
): Promise<ReportedNight | undefined> {
  if (!plan.source || plan.use === 'none') return undefined;
  if (!isToTheEnd(report.ending) || report.retryOf) return undefined;
  const night = nightOf(report, plan);
  // An attempt before this one may have recorded this very run.
  const earlier = (await readNights(store, plan.source.name, MOST_NIGHTS + 1)).filter(
    ({ startedAt, run }) => startedAt < report.startedAt && run.runId !== report.run.runId,
  );
  const comparison = compare(night, earlier.at(-1));
  const trend = [...earlier, night].slice(-MOST_NIGHTS).map(toTrend);
  return { night, compared: { comparison, ...(isNight(report) && { trend }) } };
}

function toReport(
  request: ReportRequest,
  finishedAt: string,
  plan: Plan | undefined,
  counts: RowCounts,
): Report {
  const { run, ending, startedAt, settings, fileError, failure, timeline, history } = request;
  return {
    run,
    ending,
    startedAt,
    finishedAt,
    settings,
    sha256: plan?.findings.sha256 ?? request.sha256,
    csv: plan?.findings.csv,
    rows: counts.rows,
    invitations: counts.invitations,
    errors: counts.errors,
    wrongColumns: plan?.wrongColumns?.length ? plan.wrongColumns : undefined,
    fileError,
    failure,
    roles: plan?.findings.roles ?? {},
    tenants: plan?.findings.tenants,
    leftAlone: counts.leftAlone,
    notes: counts.notes,
    leavers: counts.leavers,
    unchangedSince: request.unchangedSince,
    roleChanges: counts.roleChanges,
    otherChanges: counts.otherChanges,
    sample: counts.sample,
    warnings: plan?.findings.warnings.map(({ message }) => message) ?? [],
    timeline: timeline.entries,
    timelineLeftOut: timeline.leftOut > 0 ? timeline.leftOut : undefined,
    history,
    retryOf: settings.dryRun === false ? settings.retryOf : undefined,
    files: [],
  };
}

/** The names of the files that the folder has for people, besides the report itself. */
async function filesOf(folder: RunLayout): Promise<string[]> {
  const keys = [folder.results, folder.rejects, folder.idMap, folder.auditTrail];
  const facts = await Promise.all(keys.map((key) => folder.store.stat(key)));
  return keys.filter((_, i) => facts[i]).map((key) => basename(key));
}
