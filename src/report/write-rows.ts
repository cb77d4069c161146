/** results.csv, rejects.csv and idmap.csv, and the counts that the report has of their rows. */
import type { Report } from '../contract/report.js';
import { countCode, type CodeCount } from '../contract/findings.js';
import { addEffects, countEffects, type EffectCounts } from '../contract/import/effects.js';
import { csvCell, harmlessCell, harmlessIdentifier } from '../csv/write.js';
import { writeDurably } from '../store/durable-file.js';
import type { Plan } from '../store/plan.js';
import type { RunLayout } from '../store/run-layout.js';
import { IDENTIFIER_COLUMN, namesIdentifiers } from '../identity/keys.js';
import { noRows } from './attempts.js';
import { IdMapFile } from './id-map-file.js';
import { RejectsFile } from './rejects-file.js';
import { readInvalidRows, UNKNOWN_LINE, type ReportedRow } from './row-stream.js';

/** What a report says of the rows. */
export type RowCounts = Pick<
  Report,
  'rows' | 'invitations' | 'errors' | 'leftAlone' | 'roleChanges' | 'otherChanges'
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

/** For a run that began to import: results.csv has every row, rejects.csv the failed and the invalid ones. */
export async function writeRows(
  folder: RunLayout,
  plan: Plan,
  rows: AsyncIterable<ReportedRow>,
): Promise<RowCounts> {
  const counts = noCounts();
  const rejects = new RejectsFile(folder, plan);
  const idMap = await IdMapFile.create(folder, plan);
  let effects: EffectCounts | undefined;
  try {
    await writeDurably(folder.results, async (results) => {
      const hasIdentifiers = namesIdentifiers(plan.map);
      await results.write(`${RESULTS_HEADER}${hasIdentifiers ? `,${IDENTIFIER_COLUMN}` : ''}\n`);
      for await (const row of rows) {
        count(counts, row);
        effects = addEffects(effects, countEffects([row]));
        await results.write(resultLine(row, hasIdentifiers));
        if (row.reject !== undefined) await rejects.write(row.reject);
        await idMap.write(row);
      }
    });
  } catch (error) {
    await rejects.discard();
    await idMap.discard();
    throw error;
  }
  await rejects.commit();
  await idMap.commit();
  const { roles: roleChanges = [], kinds: otherChanges = {} } = effects ?? {};
  return { ...counts, roleChanges, otherChanges };
}

/** For a run that imported nothing: rejects.csv alone, with the rows that validation refused. */
export async function writeInvalidRows(folder: RunLayout, plan: Plan): Promise<RowCounts> {
  const rejects = new RejectsFile(folder, plan);
  for await (const { reject } of readInvalidRows({ folder, plan })) await rejects.write(reject);
  await rejects.commit();
  const { rows, invalid, codes } = plan.findings;
  return {
    ...noCounts(),
    rows: { ...noRows(), total: rows, invalid, unprocessed: rows - invalid },
    errors: { ...codes },
  };
}

function resultLine(row: ReportedRow, hasIdentifiers: boolean): string {
  const { line, email, identifier = '', outcome, identityId = '', codes = [], invitation } = row;
  const place = line === UNKNOWN_LINE ? '' : line;
  const cells = [place, harmlessCell(email), outcome, identityId, csvCell(codes.join(';'))];
  cells.push(invitation, ...(hasIdentifiers ? [harmlessIdentifier(identifier)] : []));
  return `${cells.join(',')}\n`;
}

function count({ rows, invitations, errors, leftAlone }: RowCounts, row: ReportedRow): void {
  rows.total++;
  rows[row.outcome]++;
  if (row.invitation !== 'none') invitations[row.invitation]++;
  if (row.invitationFailure) countCode(invitations.failures, row.invitationFailure, row.line);
  const codes: Record<string, CodeCount> = row.outcome === 'left_alone' ? leftAlone : errors;
  for (const code of new Set(row.codes)) countCode(codes, code, row.line);
}
