/** The plan of a run: all that its chunks need to know, written once when the file has been validated. */
import type { Findings } from '../contract/findings.js';
import type { Allowable, ImportInput, OnUnsupportedHash } from '../contract/import/input.js';
import type { Dialect } from '../csv/dialect.js';
import type { RowShape } from '../csv/row-shape.js';
import type { ColumnMap } from '../identity/columns.js';
import type { IdentitySchema } from '../identity/schema.js';
import { writeDurably, type DurableFile } from './durable-file.js';
import type { RunRef } from '../contract/ids.js';
import { checkFormat, withFormat } from './format.js';
import type { Packed } from './packed-source.js';
import { openToRead, readText } from './plain-file.js';
import { confirmOwn, type RunLayout } from './run-layout.js';

export interface Plan {
  /** The run whose plan it is. */
  run: RunRef;
  /** Path below the import root, as it was given. */
  file: string;
  fileBytes: number;
  /** Of a file packed by gzip: byte ranges are those of its text. */
  packed?: Packed | undefined;
  actor: string;
  schema: IdentitySchema;
  /** The others of Kratos that the import can read: their users may have what a row has. */
  otherSchemas: IdentitySchema[];
  roles: string[];
  /** Absent when the worker knows no tenants. */
  tenants?: string[];
  markEmailVerified: boolean;
  /** Whether users who come with a sign-in elsewhere and no password are to choose one, too. */
  invitesSignIns: boolean;
  /** See RowRules. */
  providers?: string[] | undefined;
  allow: Allowable[];
  onUnsupportedHash: OnUnsupportedHash;
  /** Of the worker's parameters that hashes are read with, where any is. */
  parametersDigest?: string | undefined;
  setPasswords: ImportInput['setPasswords'];
  /** See the input's `csv`. */
  nothing: string[];
  clear?: string | undefined;
  /** When validation began (ISO 8601): what a cell says of a time means the same in each attempt. */
  at: string;
  /** The header's own text. */
  header: string;
  dialect: Dialect;
  map: ColumnMap;
  shape: RowShape;
  /** The preset and the mapping file that `map` was made by, for the record. */
  from?: ImportInput['from'];
  mapping?: ImportInput['mapping'];
  chunkSize: number;
  findings: Findings;
  /**
   * True where the key is all that two users can clash on, so that a clash needs no look-up to be understood. False,
   * too, when the run had begun before: after a reset of the import its own users may be in other chunks.
   */
  clashesOnKeyOnly: boolean;
  /**
   *   import  its chunks are imported
   *   preview a live dry run: its chunks are looked up, and no request that changes anything is ever sent
   *   none    validation ended the run, or was all that was asked for
   */
  use: 'import' | 'preview' | 'none';
}

export async function writePlan(folder: RunLayout, plan: Plan): Promise<void> {
  await writeDurably(folder.plan, (file) =>
    file.write(`${JSON.stringify(withFormat(plan), undefined, 2)}\n`),
  );
}

/**
 * @throws an ENOENT error when this worker does not see the run's folder; FormatError for the plan of a later version;
 * InputError for that of another run
 */
export async function readPlan(folder: RunLayout): Promise<Plan> {
  const plan = JSON.parse(await readText(folder.plan)) as Plan;
  checkFormat('plan.json', plan);
  confirmOwn(folder, plan.run);
  return plan;
}

/** One chunk: some rows of the file, by their bytes. */
export interface ChunkRange {
  start: number;
  bytes: number;
  /** The line of its first row. */
  line: number;
  rows: number;
  /** Positions, counted from 0 within the chunk, of the rows that validation refused. */
  invalid: ReadonlySet<number>;
  /** SHA-256 of its bytes. */
  sha256: string;
}

/**
 * A chunk is a line of fixed width, so that any of them is read with one seek however many there are:
 * start, bytes, line, rows, invalid rows as a hexadecimal bit mask, checksum.
 */
function lineBytes(chunkSize: number): number {
  return 16 + 13 + 13 + 5 + (maskDigits(chunkSize) + 1) + 64 + 1;
}

function maskDigits(chunkSize: number): number {
  return Math.ceil(chunkSize / 4);
}

function maskOf(rows: ReadonlySet<number>, digits: number): string {
  if (rows.size === 0) return '0'.repeat(digits);
  const mask = new Uint8Array(digits);
  for (const row of rows) mask[row >> 2]! |= 1 << (row & 3);
  return Array.from(mask, (digit) => digit.toString(16)).join('');
}

export async function appendChunk(
  file: DurableFile,
  chunk: ChunkRange,
  chunkSize: number,
): Promise<void> {
  const fields = [
    String(chunk.start).padStart(15, '0'),
    String(chunk.bytes).padStart(12, '0'),
    String(chunk.line).padStart(12, '0'),
    String(chunk.rows).padStart(4, '0'),
    maskOf(chunk.invalid, maskDigits(chunkSize)),
    chunk.sha256,
  ];
  await file.write(`${fields.join(' ')}\n`);
}

/** @param chunk its number, counted from 1 */
export async function readChunk(folder: RunLayout, plan: Plan, chunk: number): Promise<ChunkRange> {
  const length = lineBytes(plan.chunkSize);
  const line = Buffer.alloc(length);
  const file = await openToRead(folder.chunks);
  try {
    const { bytesRead } = await file.read(line, 0, length, (chunk - 1) * length);
    if (bytesRead !== length) throw new Error(`the plan has no chunk ${chunk}`);
  } finally {
    await file.close();
  }
  const [start, bytes, first, rows, mask, sha256] = line.toString('latin1').trimEnd().split(' ');
  return {
    start: Number(start),
    bytes: Number(bytes),
    line: Number(first),
    rows: Number(rows),
    invalid: unmask(mask!),
    sha256: sha256!,
  };
}

function unmask(mask: string): Set<number> {
  const rows = new Set<number>();
  for (const [i, digit] of [...mask].entries()) {
    for (let bit = 0; bit < 4; bit++) if (parseInt(digit, 16) & (1 << bit)) rows.add(i * 4 + bit);
  }
  return rows;
}
