/** The plan of a run: all that its chunks need to know, written once when the file has been validated. */
import type { Findings, WrongColumn } from '../contract/findings.js';
import type {
  Allowable,
  ImportInput,
  MissingDo,
  OnUnsupportedHash,
} from '../contract/import/input.js';
import type { Portion } from '../contract/import/open-chunks.js';
import type { Dialect } from '../csv/dialect.js';
import type { RowShape } from '../csv/row-shape.js';
import type { ColumnMap } from '../identity/columns.js';
import type { IdentitySchema } from '../identity/schema.js';
import type { RunRef } from '../contract/ids.js';
import { checkFormat, withFormat } from './format.js';
import type { Packed } from './packed-source.js';
import { confirmOwn, type PlanFile, type RunLayout } from './run-layout.js';
import type { Writer } from './store.js';

/** The files of hints at users who exist; see existing-users.ts. */
export type HintsFile = Extract<PlanFile, 'existing-users' | 'users-in-the-way'>;

export interface Plan {
  /** The validation whose files are those of the plan. */
  validation: string;
  /** Which files of hints there are. */
  hints: HintsFile[];
  /** The run whose plan it is. */
  run: RunRef;
  /** Path below the import root, as it was given. */
  file: string;
  fileBytes: number;
  /** Where the import root tells contents apart. */
  fileVersion?: string | undefined;
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
  /** Absent where the import is of no source. */
  source?: PlanSource | undefined;
  /** Of the rows that validation refused. */
  wrongColumns?: WrongColumn[] | undefined;
  /** True where the key is all that two users can clash on, so that a clash needs no look-up to be understood. */
  clashesOnKeyOnly: boolean;
  /**
   *   import  its chunks are imported
   *   preview a live dry run: its chunks are looked up, and no request that changes anything is ever sent
   *   none    validation ended the run, or was all that was asked for
   */
  use: 'import' | 'preview' | 'none';
}

/** The source of an import, and what is to become of its users. */
export interface PlanSource {
  name: string;
  do: MissingDo;
  onDrift: ImportInput['onDrift'];
  adopt: boolean;
  /** How many users are not in the file: the entries of the file `leavers`. */
  leavers: number;
  /** Of that file. */
  leaversSha256: string;
  /** Chunks of settled and invalid rows alone, as ranges: no child imports them. */
  skipped: Portion[];
}

/** There is no plan where the run has its files, or a part of it is missing: another worker may see it. */
export class PlanMissing extends Error {
  override readonly name = 'PlanMissing';

  constructor() {
    super("This worker does not see the run's plan.");
  }
}

/**
 * Writes the plan, unless there is one: the first validation to come to its end counts.
 * @returns the plan that the run has
 * @throws InputError for the plan of another run
 */
export async function createPlan(folder: RunLayout, content: Omit<Plan, 'run'>): Promise<Plan> {
  const plan: Plan = { run: folder.run, ...content };
  const text = `${JSON.stringify(withFormat(plan), undefined, 2)}\n`;
  const isOwn = await folder.store.create(folder.plan, text);
  return isOwn ? plan : readPlan(folder);
}

/** @throws PlanMissing; FormatError for the plan of a later version; InputError for that of another run */
export async function readPlan(folder: RunLayout): Promise<Plan> {
  const plan = await findPlan(folder);
  if (!plan) throw new PlanMissing();
  return plan;
}

/**
 * @returns undefined for a run without one: its file has not been validated
 * @throws FormatError for the plan of a later version; InputError for that of another run
 */
export async function findPlan(folder: RunLayout): Promise<Plan | undefined> {
  const content = await folder.store.read(folder.plan);
  if (!content) return undefined;
  const plan = JSON.parse(content.bytes.toString()) as Plan;
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
  file: Writer,
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
  const index = chunk - 1;
  const part = await partOf(folder, plan, Math.floor(index / PART_LINES));
  const start = (index % PART_LINES) * length;
  if (index < 0 || part.length < start + length) throw new Error(`the plan has no chunk ${chunk}`);
  const line = part.toString('latin1', start, start + length).trimEnd();
  const [at, bytes, first, rows, mask, sha256] = line.split(' ');
  return {
    start: Number(at),
    bytes: Number(bytes),
    line: Number(first),
    rows: Number(rows),
    invalid: unmask(mask!),
    sha256: sha256!,
  };
}

/** Chunks whose lines are read at once: a quarter of a megabyte for chunks of 500 rows. */
const PART_LINES = 1024;
/** A report and the chunks in flight, which come one after the other. */
const KEPT_PARTS = 4;

/** The parts of the lines that were read last, of each plan in use: no file of a plan ever changes. */
const parts = new WeakMap<Plan, Map<number, Promise<Buffer>>>();

function partOf(folder: RunLayout, plan: Plan, part: number): Promise<Buffer> {
  const kept = parts.get(plan) ?? new Map<number, Promise<Buffer>>();
  parts.set(plan, kept);
  const reading = kept.get(part) ?? readPart(folder, plan, part);
  kept.delete(part);
  kept.set(part, reading);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_PARTS) kept.delete(oldest!);
  reading.catch(() => kept.delete(part));
  return reading;
}

async function readPart(folder: RunLayout, plan: Plan, part: number): Promise<Buffer> {
  const bytes = PART_LINES * lineBytes(plan.chunkSize);
  const range = { start: part * bytes, bytes };
  const key = folder.ofPlan(plan.validation, 'chunks');
  const content = await folder.store.read(key, { range });
  if (!content) throw new PlanMissing();
  return content.bytes;
}

function unmask(mask: string): Set<number> {
  const rows = new Set<number>();
  for (const [i, digit] of [...mask].entries()) {
    for (let bit = 0; bit < 4; bit++) if (parseInt(digit, 16) & (1 << bit)) rows.add(i * 4 + bit);
  }
  return rows;
}
