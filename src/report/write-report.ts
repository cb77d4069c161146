/** What a run leaves for people: results.csv, rejects.csv, audit.jsonl, report.json and report.html. */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { History, Ending, Report, Timeline } from '../contract/report.js';
import { recordEnd, writeTrail, type TrailDeps } from '../audit/trail.js';
import type { FileProblem } from '../contract/codes.js';
import { countCode } from '../contract/findings.js';
import type { RunRef } from '../contract/ids.js';
import type { ImportInput } from '../contract/import/input.js';
import { csvCell, harmlessCell } from '../csv/write.js';
import { readPlan, type Plan } from '../store/plan.js';
import { NO_TIMELINE } from '../progress/timeline.js';
import { DurableFile, TEMPORARY_SUFFIX, writeDurably } from '../store/durable-file.js';
import { exists } from '../store/ignore-missing.js';
import { createRunFolder, finishedJournals, hasOutcomes } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import { readReport } from '../store/report-file.js';
import { rejectHeader } from '../csv/reject-line.js';
import { RoleChanges } from './role-changes.js';
import { combineAttempts, noRows, toRetryAttempt } from './attempts.js';
import { readInvalidRows, streamRows, UNKNOWN_LINE, type ReportedRow } from './row-stream.js';
import { saveReport } from './save-report.js';

export interface ReportRequest {
  run: RunRef;
  ending: Ending;
  startedAt: string;
  settings: ImportInput;
  fileError?: FileProblem;
  /** Whether validation had finished, so that there is a plan. */
  planned: boolean;
  /** Chunks that had begun and whose outcomes are not known. */
  undecidedChunks: number[];
  /** A run that began before it was kept has none; likewise the course. */
  timeline?: Timeline;
  history?: History;
}

const RESULTS_HEADER = 'line,email,outcome,identity_id,code,invitation\n';

/**
 * Writes the files anew from the plan and the outcomes; running it again gives the same.
 * @throws AuditError when all of them stand there, and the audit database does not take what it lacks
 */
export async function writeReport(
  folder: RunLayout,
  importRoot: string,
  request: ReportRequest,
  deps: TrailDeps,
): Promise<Report> {
  const { run, ending, startedAt, settings, fileError, planned, undecidedChunks } = request;
  const { timeline = NO_TIMELINE, history = { rows: [], mails: [] } } = request;
  if (!planned) await createRunFolder(folder);
  const plan = planned ? await readPlan(folder) : undefined;
  const report: Report = {
    run,
    ending,
    startedAt,
    finishedAt: deps.now().toISOString(),
    settings,
    rows: noRows(),
    invitations: { due: 0, sent: 0, failed: 0, failures: {} },
    errors: {},
    ...(fileError && { fileError }),
    roles: plan?.findings.roles ?? {},
    roleChanges: [],
    warnings: plan?.findings.warnings.map(({ message }) => message) ?? [],
    timeline: timeline.entries,
    ...(timeline.leftOut > 0 && { timelineLeftOut: timeline.leftOut }),
    history,
    files: [],
  };

  if (plan) {
    if (await hasOutcomes(folder)) {
      await writeRows(
        folder,
        plan,
        report,
        streamRows({ run, folder, plan }, importRoot, new Set(undecidedChunks)),
      );
    } else await writeRefused(folder, plan, report);
  }
  await addRounds(report, folder);
  if (plan) await writeTrail({ run, folder, plan }, report);
  for (const path of [folder.results, folder.rejects, folder.auditTrail]) {
    if (await exists(path)) report.files.push(basename(path));
  }
  const saved = await saveReport(folder, report);
  if (plan) await recordEnd(deps, { run, folder, plan }, undecidedChunks);
  await removeTemporaries(folder);
  await removeJournals(folder);
  return saved;
}

/** The run began to import: results.csv tells of every row, rejects.csv of those that did not go in. */
async function writeRows(
  folder: RunLayout,
  plan: Plan,
  report: Report,
  rows: AsyncIterable<ReportedRow>,
): Promise<void> {
  const rejects = new RejectsFile(folder, plan);
  const roleChanges = new RoleChanges(plan);
  try {
    await writeDurably(folder.results, async (results) => {
      await results.write(RESULTS_HEADER);
      for await (const row of rows) {
        count(report, row);
        roleChanges.add(row);
        await results.write(resultLine(row));
        if (row.reject !== undefined) await rejects.write(row.reject);
      }
    });
  } catch (error) {
    await rejects.discard();
    throw error;
  }
  await rejects.commit();
  report.roleChanges = roleChanges.all();
}

/** Nothing was imported: only what validation refused is to be told. */
async function writeRefused(folder: RunLayout, plan: Plan, report: Report): Promise<void> {
  const { rows, invalid, codes } = plan.findings;
  report.rows = { ...noRows(), total: rows, invalid, unprocessed: rows - invalid };
  report.errors = { ...codes };
  const rejects = new RejectsFile(folder, plan);
  for await (const { reject } of readInvalidRows(folder)) await rejects.write(reject);
  await rejects.commit();
}

/** What the runs before have made of the same rows, where this one is a retry. */
async function addRounds(report: Report, folder: RunLayout): Promise<void> {
  const { retryOf, dryRun } = report.settings;
  if (!retryOf || dryRun !== false) return;
  report.retryOf = retryOf;
  const earlier = await readReport(folder.of(retryOf));
  if (!earlier) {
    report.warnings.push(
      'The report of the run that this one retries is gone: it does not add up.',
    );
    return;
  }
  report.attempts = [...(earlier.attempts ?? []), toRetryAttempt(earlier)];
  report.combined = combineAttempts([...report.attempts.map(({ rows }) => rows), report.rows]);
}

/** rejects.csv, which is there only when it has a row. */
class RejectsFile {
  private file: DurableFile | undefined;

  constructor(
    private readonly folder: RunLayout,
    private readonly plan: Plan,
  ) {}

  async write(line: string): Promise<void> {
    if (!this.file) {
      this.file = await DurableFile.create(this.folder.rejects);
      // Spreadsheets that wrote the mark need it to read the file again as UTF-8.
      const mark = this.plan.byteOrderMark ? '\ufeff' : '';
      await this.file.write(`${mark}${rejectHeader(this.plan.header, this.plan.map)}\n`);
    }
    await this.file.write(`${line}\n`);
  }

  async commit(): Promise<void> {
    // One from before the import was reset would speak of other rows.
    if (!this.file) await rm(this.folder.rejects, { force: true });
    await this.file?.commit();
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}

function resultLine(row: ReportedRow): string {
  const { line, email, outcome, identityId = '', codes = [], invitation } = row;
  const place = line === UNKNOWN_LINE ? '' : line;
  return `${[place, harmlessCell(email), outcome, identityId, csvCell(codes.join(';')), invitation].join(',')}\n`;
}

function count(report: Report, row: ReportedRow): void {
  report.rows.total++;
  report.rows[row.outcome]++;
  if (row.invitation !== 'none') report.invitations[row.invitation]++;
  const { invitationFailure } = row;
  if (invitationFailure) countCode(report.invitations.failures, invitationFailure, row.line);
  for (const code of new Set(row.codes)) {
    countCode(report.errors, code, row.line);
  }
}

/** What attempts that died have left half written. */
async function removeTemporaries(folder: RunLayout): Promise<void> {
  for (const path of folder.folders) {
    for (const name of await readdir(path)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(path, name), { force: true });
    }
  }
}

/** Journals of chunks whose outcomes are all there: they have served. */
async function removeJournals(folder: RunLayout): Promise<void> {
  for (const path of await finishedJournals(folder)) await rm(path, { force: true });
}
