/** results.csv, rejects.csv and idmap.csv, and the counts that the report has of their rows. */
import type { TrailFile } from '../audit/trail.js';
import type { LeaverOutcome, Report } from '../contract/report.js';
import { SOURCE_CODES, type SourceCode } from '../contract/codes.js';
import { countCode, type CodeCount } from '../contract/findings.js';
import { sampleOf, type ChangedRow } from '../contract/import/changed-rows.js';
import { addEffects, countEffects, type EffectCounts } from '../contract/import/effects.js';
import { isLeaverLine } from '../contract/import/outcomes.js';
import { csvCell, harmlessCell, harmlessIdentifier } from '../csv/write.js';
import { changedRowReader } from '../import/changed-rows.js';
import type { OpenRun } from '../store/open-run.js';
import { StoredFile } from '../store/stored-file.js';
import { IDENTIFIER_COLUMN, namesIdentifiers } from '../identity/keys.js';
import { noRows } from './attempts.js';
import { IdMapFile } from './id-map-file.js';
import { noLeavers } from './leavers.js';
import { RejectsFile } from './rejects-file.js';
import {
  readInvalidRows,
  UNKNOWN_LINE,
  type ReportedChunk,
  type ReportedRow,
} from './row-stream.js';

/** What a report says of the rows. */
export type RowCounts = Pick<
  Report,
  | 'rows'
  | 'invitations'
  | 'errors'
  | 'leftAlone'
  | 'notes'
  | 'leavers'
  | 'roleChanges'
  | 'otherChanges'
  | 'sample'
>;

export function noCounts(): RowCounts {
  const invitations = { due: 0, sent: 0, failed: 0, failures: {} };
  return {
    rows: noRows(),
    invitations,
    errors: {},
    leftAlone: {},
    roleChanges: [],
    otherChanges: {},
  };
}

const RESULTS_HEADER = 'line,email,outcome,identity_id,code,invitation';

/**
 * For a run that began to import: results.csv has every row, and behind them the users of the source who are in none;
 * rejects.csv has the failed and the invalid rows. One pass over the chunks fills them all, and the audit trail.
 * @param trail undefined: the run has no events
 */
export async function writeRows(
  openRun: OpenRun,
  chunks: AsyncIterable<ReportedChunk>,
  trail: Pick<TrailFile, 'write'> | undefined,
): Promise<RowCounts> {
  const { folder, plan } = openRun;
  const hasIdentifiers = namesIdentifiers(plan.map);
  const header = `${RESULTS_HEADER}${hasIdentifiers ? `,${IDENTIFIER_COLUMN}` : ''}\n`;
  const idMap = await IdMapFile.create(openRun);
  const results = new StoredFile(folder.store, folder.results, header);
  const rejects = new RejectsFile(openRun);
  const counts: RowCounts = {
    ...noCounts(),
    ...(plan.source && plan.source.do !== 'nothing' && { leavers: noLeavers() }),
  };
  const changedRow = changedRowReader(plan);
  let effects: EffectCounts | undefined;
  let sample: ChangedRow[] = [];
  try {
    for await (const { rows: all, events } of chunks) {
      for (const row of all) count(counts, row);
      await results.write(all.map((row) => resultLine(row, hasIdentifiers)).join(''));
      await trail?.write(events);
      const rows = all.filter(({ line }) => !isLeaverLine(line));
      effects = addEffects(effects, countEffects(rows));
      sample = sampleOf([...sample, ...rows.flatMap((row) => changedRow(row) ?? [])]);
      await rejects.write(rows.flatMap(({ reject }) => reject ?? []));
      await idMap.write(rows);
    }
    await results.commit();
    await rejects.commit();
    await idMap.commit();
  } catch (error) {
    for (const file of [results, rejects, idMap]) await file.discard();
    throw error;
  }
  const { roles: roleChanges = [], kinds: otherChanges = {} } = effects ?? {};
  return { ...counts, roleChanges, otherChanges, ...(sample.length > 0 && { sample }) };
}

/** For a run that imported nothing: rejects.csv alone, with the rows that validation refused. */
export async function writeInvalidRows(openRun: OpenRun): Promise<RowCounts> {
  const rejects = new RejectsFile(openRun);
  try {
    for await (const { reject } of readInvalidRows(openRun)) await rejects.write([reject]);
    await rejects.commit();
  } catch (error) {
    await rejects.discard();
    throw error;
  }
  const { rows, invalid, codes } = openRun.plan.findings;
  return {
    ...noCounts(),
    rows: { ...noRows(), total: rows, invalid, unprocessed: rows - invalid },
    errors: { ...codes },
  };
}

function resultLine(row: ReportedRow, hasIdentifiers: boolean): string {
  const { line, email, identifier = '', outcome, identityId = '', codes = [], invitation } = row;
  const place = line === UNKNOWN_LINE || isLeaverLine(line) ? '' : line;
  const cells = [place, harmlessCell(email), outcome, identityId, csvCell(codes.join(';'))];
  cells.push(invitation, ...(hasIdentifiers ? [harmlessIdentifier(identifier)] : []));
  return `${cells.join(',')}\n`;
}

function count(counts: RowCounts, row: ReportedRow): void {
  if (isLeaverLine(row.line)) countLeaver(counts, row);
  else countRow(counts, row);
}

/** One who is in the lists and in no row: the codes of rows have their lines. */
function countLeaver({ leavers }: RowCounts, { outcome }: ReportedRow): void {
  if (leavers) leavers[outcome as LeaverOutcome]++;
}

function countRow(counts: RowCounts, row: ReportedRow): void {
  const { rows, invitations, errors, leftAlone } = counts;
  rows.total++;
  rows[row.outcome]++;
  if (row.invitation !== 'none') invitations[row.invitation]++;
  if (row.invitationFailure) countCode(invitations.failures, row.invitationFailure, row.line);
  const codes: Record<string, CodeCount> = row.outcome === 'left_alone' ? leftAlone : errors;
  for (const code of new Set(row.codes)) {
    if (isSourceCode(code)) countCode((counts.notes ??= {}), code, row.line);
    else countCode(codes, code, row.line);
  }
}

function isSourceCode(code: string): code is SourceCode {
  return (SOURCE_CODES as readonly string[]).includes(code);
}
