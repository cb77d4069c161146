/**
 * Files as people have them: the sample, with faults at random. Each is validated, looked at by a live dry run and
 * imported into a real Kratos, which has the users of the files before.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import bcrypt from 'bcrypt';
import { parse, type Options } from 'csv-parse/sync';
import { expect } from 'vitest';
import { FileError } from '../../src/csv/file-error.js';
import { INVISIBLE } from '../../src/identity/characters.js';
import { toE164 } from '../../src/identity/phone.js';
import type { RowOutcome } from '../../src/contract/import/outcomes.js';
import type { Kratos } from '../../src/kratos/kratos.js';
import { Chance } from './chance.js';
import { attempt, outcomes } from './chunk-attempts.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from './identity-schemas.js';
import { PlannedRun, RUN } from './planned-run.js';

const text = { type: 'string' };
/** Users sign in with an address, a user name or a phone; a further address recovers them. */
export const MUTATED_SCHEMA = schemaOf({
  username: USERNAME_TRAIT,
  phone: PHONE_TRAIT,
  backup: { ...text, format: 'email', 'ory.sh/kratos': { recovery: { via: 'email' } } },
  first_name: text,
  last_name: text,
  role: text,
  tenant_id: text,
});

const HEADER = ['email', 'username', 'phone', 'backup', 'first_name', 'role', 'initial_password'];
const [EMAIL, USERNAME, PHONE, BACKUP] = [0, 1, 2, 3];
const INPUT = {
  columns: {
    username: 'traits.username',
    phone: 'traits.phone',
    backup: 'traits.backup',
  },
  onInvalid: 'import-valid',
};
const ROWS = 8;
/** So few that most files have people of earlier ones. */
const PEOPLE = 60;

type Row = string[];

/** What can be wrong with a cell, or only written in another way. */
const CELL_FAULTS: ((cell: string, chance: Chance) => string)[] = [
  (cell) => cell.toUpperCase(),
  (cell) => ` ${cell}\t`,
  (cell) => `\u00a0${cell}`,
  (cell, chance) => insertAt(cell, chance, chance.pick(['\u200b', '\u00ad', '\u2060', '\ufeff'])),
  (cell, chance) => insertAt(cell, chance, chance.pick(['\u00e9', 'e\u0301', '\u0130', '\u03a3'])),
  (cell) => cell.normalize('NFD'),
  (cell) => cell.replaceAll('a', '\u0430'),
  (cell) => cell.replaceAll('e', '\uff45'),
  (cell) => `'${cell}`,
  (cell) => `${cell}'`,
  () => '',
  (_cell, chance) => chance.pick(['NULL', '\\N', 'N/A', 'None', '-', '""', '1.23457E+14', '007']),
  (cell) => cell.replace('@', ' @ '),
  (cell) => cell.replace(/^(\+\d\d)(\d{3})(\d+)/, '$1 (0) $2-$3'),
  (cell) => cell.replace(/^\+/, '00'),
  (cell) => cell.replace(/^(\+\d+)$/, '$1 ext. 7'),
  (cell, chance) => insertAt(cell, chance, String(chance.below(10))),
];

/** What can be wrong between two rows, the second of which is changed. */
const ROW_FAULTS: ((from: Row, to: Row, chance: Chance) => void)[] = [
  (from, to, chance) => copy(from, to, chance.pick([EMAIL, USERNAME, PHONE, BACKUP])),
  (from, to) => void (to[USERNAME] = from[EMAIL]!),
  (from, to) => void (to[BACKUP] = from[EMAIL]!),
  (from, to) => void (to[EMAIL] = from[BACKUP]!),
  (from, to) => void (to[USERNAME] = from[PHONE]!),
  (from, to) => to.splice(0, to.length, ...from),
  (_from, to) => void to.pop(),
  (_from, to) => to.push('one more'),
];

export interface Seen {
  /** How often each pair of outcomes came. */
  outcomes: Map<string, number>;
  refusedFiles: number;
}

/**
 * @param kratos with `MUTATED_SCHEMA`
 * @param seed files of one seed are the same in each run
 */
export async function tryMutatedFiles(kratos: Kratos, seed: number, files: number): Promise<Seen> {
  const chance = new Chance(seed);
  const people = samplePeople().slice(0, PEOPLE);
  const seen: Seen = { outcomes: new Map(), refusedFiles: 0 };
  for (let n = 0; n < files; n++) {
    const content = mutatedFile(people, chance);
    const mode = chance.pick(['skip', 'update'] as const);
    const pairs = await bothWays(kratos, content, mode);
    if (!pairs) seen.refusedFiles++;
    for (const pair of pairs ?? []) seen.outcomes.set(pair, (seen.outcomes.get(pair) ?? 0) + 1);
  }
  return seen;
}

/** @returns the outcome of each row, foreseen and real; undefined for a file that is refused as a whole */
async function bothWays(
  kratos: Kratos,
  content: string,
  mode: 'skip' | 'update',
): Promise<string[] | undefined> {
  try {
    const dry = await PlannedRun.of(content, { kratos, input: { ...INPUT, dryRun: 'live' } });
    const run = { ...RUN, runId: randomUUID() };
    const real = await PlannedRun.of(content, { kratos, input: INPUT, run });
    await attempt(dry, kratos, { mode });
    const hash = (password: string) => bcrypt.hash(password, 4);
    await attempt(real, kratos, { mode, hash });
    const [foreseen, done] = [await outcomes(dry), await outcomes(real)];
    const lines = (rows: RowOutcome[]) => rows.map((row) => `${row.line} ${inWords(row)}`);
    expect(lines(foreseen), content).toEqual(lines(done));
    const rows = (await real.rowsByChunk()).flat();
    for (const [i, outcome] of done.entries()) {
      if (outcome.outcome === 'created') await expectFound(kratos, outcome, rows[i]!.cells);
    }
    return done.map(inWords);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

const REAL: Record<string, string> = {
  would_create: 'created',
  would_update: 'updated',
  would_skip: 'skipped',
};

function inWords({ outcome, codes = [] }: RowOutcome): string {
  return [REAL[outcome] ?? outcome, ...codes].join(' ');
}

/** By what a person reads in the file and types. */
async function expectFound(kratos: Kratos, { identityId }: RowOutcome, cells: Row): Promise<void> {
  for (const column of [EMAIL, USERNAME, PHONE]) {
    const read = cells[column]!.replace(INVISIBLE, '').normalize('NFC').trim();
    if (read === '') continue;
    const typed = column === PHONE ? toE164(read)! : read;
    const found = await kratos.findByIdentifier(typed);
    expect(found?.id, `${HEADER[column]} ${JSON.stringify(cells)}`).toBe(identityId);
  }
}

function samplePeople(): Record<string, string>[] {
  const options: Options = { columns: true };
  return parse(
    readFileSync(new URL('../../examples/users.csv', import.meta.url)),
    options,
  ) as unknown as Record<string, string>[];
}

function mutatedFile(people: Record<string, string>[], chance: Chance): string {
  const rows = chance
    .shuffled(people)
    .slice(0, ROWS)
    .map((person) => rowOf(person, people.indexOf(person)));
  for (let faults = 1 + chance.below(6); faults > 0; faults--) {
    const row = chance.pick(rows);
    if (chance.onceIn(3)) chance.pick(ROW_FAULTS)(chance.pick(rows), row, chance);
    else {
      const column = chance.below(row.length);
      row[column] = chance.pick(CELL_FAULTS)(row[column]!, chance);
    }
  }
  const lines = [HEADER, ...rows].map((cells) => cells.map(quoted).join(','));
  return `${lines.join(chance.pick(['\n', '\r\n']))}\n`;
}

/** The sample's person with what it lacks; of two people in three, so that columns have empty cells. */
function rowOf(person: Record<string, string>, number: number): Row {
  const { email = '', first_name = '', role = '' } = person;
  const has = (n: number) => number % 3 !== n;
  return [
    email,
    has(0) ? email.split('@')[0]!.replace('.', '_') : '',
    has(1) ? `+4917023${String(45000 + number)}` : '',
    has(2) ? `backup.${email}` : '',
    first_name,
    role,
    number % 2 === 0 ? 'long enough' : '',
  ];
}

function copy(from: Row, to: Row, column: number): void {
  to[column] = from[column]!;
}

function insertAt(cell: string, chance: Chance, inserted: string): string {
  const at = chance.below(cell.length + 1);
  return cell.slice(0, at) + inserted + cell.slice(at);
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
