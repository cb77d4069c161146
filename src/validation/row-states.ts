/**
 * What of each row is needed when the users are listed: 24 bytes a line, outside of memory. Rows are added in the order
 * of their lines; afterwards users take theirs, in any order.
 */
import type { RowCode, RowProblem } from '../contract/codes.js';
import type { ImportInput } from '../contract/import/input.js';
import type { ColumnMap } from '../identity/columns.js';
import type { ImportRow } from '../identity/identity.js';
import type { RowFlags } from '../identity/source-match.js';
import { DIGEST_BYTES, rowDigest } from '../identity/source-mark.js';
import { hasPassword } from '../identity/ways-in.js';
import type { ScratchFile } from '../store/scratch.js';
import type { CheckedRow } from './checked-row.js';

/** The row's digest, its flags, its action, what is known of its user, an unused byte, their place among the adoptable. */
const WIDTH = 24;
const FLAGS = 16;
const ACTION = 17;
const USER = 18;
const ADOPTABLE = 20;
const LINES_AT_ONCE = 4096;

const ROW = 1;
const STARTS_CHUNK = 2;
const INVALID = 4;
const WRONG_KEY = 8;
const HAS_EXTERNAL_ID = 16;
const HAS_OLD_ID = 32;
const NO_SHORTCUT = 64;
const MISPLACED = 128;

const UPDATES = 0;
const DEACTIVATES = 1;
const DELETES = 2;
const OTHER_ACTION = 3;

const RANK = 7;
const SETTLED = 8;
const ACTIVE_IN_SOURCE = 16;
const IN_SOURCE = 32;

/** A row, once the users are listed. */
export interface RowState {
  line: number;
  startsChunk: boolean;
  isInvalid: boolean;
  /** Whether nobody can say whose row it is: but for the ids that it has, where there are any. */
  isUnreadable: boolean;
  ids: RowFlags;
  /** Whether nothing is to be done for its user. */
  isSettled: boolean;
  /** Whether the row itself tells a user of the source to leave: one who can sign in, or is to be deleted. */
  isTold: boolean;
  /** The place of its user among those of no source, counted from 1; 0 where there is none. */
  adoptable: number;
}

/** A user whose row it may be. */
export interface Claimant {
  /** See Match. */
  rank: number;
  /** Whether nothing is to be done for them by a row with this digest. */
  settles: (digest: Buffer) => boolean;
  /** Whether they can sign in; undefined for users who are not of the source. */
  isActiveInSource: boolean | undefined;
  /** Their place among those of no source, counted from 1; 0 for others. */
  adoptable: number;
}

export class RowStates {
  /** The states of the lines from `first` to `last`, which are not written yet. */
  private readonly pending = Buffer.alloc(LINES_AT_ONCE * WIDTH);
  private first = 0;
  private last = 0;
  private readonly state = Buffer.alloc(WIDTH);

  constructor(
    private readonly scratch: ScratchFile,
    private readonly rules: { map: ColumnMap } & Pick<ImportInput, 'setPasswords'>,
  ) {}

  /** @param startsChunk whether it is the first row of a chunk */
  add(line: number, row: CheckedRow, startsChunk: boolean): void {
    if (line >= this.first + LINES_AT_ONCE) {
      this.flush();
      this.first = line;
    }
    this.last = line;
    const start = (line - this.first) * WIDTH;
    rowDigest(row.importRow, this.rules.map).copy(this.pending, start);
    this.pending[start + FLAGS] = this.flagsFor(row) | (startsChunk ? STARTS_CHUNK : 0);
    this.pending[start + ACTION] = actionOf(row.importRow);
  }

  /** Writes the rows that were added last. None is asked for before, and none added afterwards. */
  flush(): void {
    const bytes = (this.last - this.first + 1) * WIDTH;
    this.scratch.write(this.pending.subarray(0, bytes), this.first * WIDTH);
    this.pending.fill(0);
  }

  /** By which people are told apart; undefined for an invalid row, whose ids may be what is wrong with it. */
  idsOf(line: number): RowFlags | undefined {
    const flags = this.read(line)[FLAGS]!;
    return flags & INVALID ? undefined : idsIn(flags);
  }

  /**
   * Gives a row to a user unless another one has a better claim: a higher rank or, of the same rank, one who is as the
   * row has left them.
   * @returns whether it is theirs now
   */
  take(line: number, { rank, settles, isActiveInSource, adoptable }: Claimant): boolean {
    const state = this.read(line);
    const mayBeSettled = (state[FLAGS]! & (INVALID | NO_SHORTCUT)) === 0;
    const isSettled = mayBeSettled && settles(state.subarray(0, DIGEST_BYTES));
    const [known, now] = [state[USER]!, rank | (isSettled ? SETTLED : 0)];
    if (strengthOf(now) <= strengthOf(known)) return false;
    const ofSource = isActiveInSource === undefined ? 0 : IN_SOURCE;
    state[USER] = now | ofSource | (isActiveInSource ? ACTIVE_IN_SOURCE : 0);
    state.writeUInt32LE(adoptable, ADOPTABLE);
    this.scratch.write(state, line * WIDTH);
    return true;
  }

  /** Whether a row's user is the one at this place among the adoptable. */
  isAdoptable(line: number, place: number): boolean {
    return stateAt(this.read(line), 0, line)?.adoptable === place;
  }

  /** All lines from 0 to that of the last row, some at a time. */
  *parts(): Generator<{ first: number; lines: number; rows: RowState[] }> {
    const part = Buffer.alloc(LINES_AT_ONCE * WIDTH);
    for (let first = 0; first <= this.last; first += LINES_AT_ONCE) {
      this.scratch.read(part, first * WIDTH);
      const lines = Math.min(LINES_AT_ONCE, this.last - first + 1);
      const rows: RowState[] = [];
      for (let i = 0; i < lines; i++) {
        const row = stateAt(part, i * WIDTH, first + i);
        if (row) rows.push(row);
      }
      yield { first, lines, rows };
    }
  }

  private read(line: number): Buffer {
    this.scratch.read(this.state, line * WIDTH);
    return this.state;
  }

  private flagsFor(row: CheckedRow): number {
    const { importRow, problems } = row;
    const { externalId, oldId } = importRow;
    const isInvalid = problems.length > 0;
    // Whoever has no password yet gets that of the row.
    const mayLackPassword = this.rules.setPasswords === 'placeholder' && hasPassword(importRow);
    const hasShortcut = actionOf(importRow) === UPDATES && !mayLackPassword;
    return (
      ROW |
      (isInvalid ? INVALID : 0) |
      (has(problems, MISPLACED_CODES) ? MISPLACED : 0) |
      (has(problems, KEY_CODES) ? WRONG_KEY : 0) |
      (externalId === undefined ? 0 : HAS_EXTERNAL_ID) |
      (oldId === undefined ? 0 : HAS_OLD_ID) |
      (hasShortcut ? 0 : NO_SHORTCUT)
    );
  }
}

function actionOf({ action }: ImportRow): number {
  if (action === undefined || action === 'update') return UPDATES;
  if (action === 'deactivate') return DEACTIVATES;
  return action === 'delete' ? DELETES : OTHER_ACTION;
}

/** Codes of rows whose cells may be those of other columns. */
const MISPLACED_CODES = new Set<RowCode>(['wrong_column_count', 'program_fault']);
/** Codes of rows whose key may be another one in Kratos. */
const KEY_CODES = new Set<RowCode>([
  'missing_email',
  'invalid_email',
  'invisible_character',
  'replacement_character',
]);

function has(problems: readonly RowProblem[], codes: ReadonlySet<RowCode>): boolean {
  return problems.some(({ code }) => codes.has(code));
}

function strengthOf(user: number): number {
  return (user & RANK) * 2 + (user & SETTLED ? 1 : 0);
}

const NO_IDS: RowFlags = { hasExternalId: false, hasOldId: false };

function idsIn(flags: number): RowFlags {
  return {
    hasExternalId: (flags & HAS_EXTERNAL_ID) !== 0,
    hasOldId: (flags & HAS_OLD_ID) !== 0,
  };
}

/** Undefined for a line that is no row's. */
function stateAt(bytes: Buffer, at: number, line: number): RowState | undefined {
  const [flags, user] = [bytes[at + FLAGS]!, bytes[at + USER]!];
  if ((flags & ROW) === 0) return undefined;
  const isInvalid = (flags & INVALID) !== 0;
  const isMisplaced = (flags & MISPLACED) !== 0;
  const action = isInvalid ? undefined : bytes[at + ACTION];
  return {
    line,
    startsChunk: (flags & STARTS_CHUNK) !== 0,
    isInvalid,
    isUnreadable: isMisplaced || ((flags & WRONG_KEY) !== 0 && user === 0),
    // Those of other columns tell nothing.
    ids: isMisplaced ? NO_IDS : idsIn(flags),
    isSettled: (user & SETTLED) !== 0,
    isTold:
      (action === DEACTIVATES && (user & ACTIVE_IN_SOURCE) !== 0) ||
      (action === DELETES && (user & IN_SOURCE) !== 0),
    adoptable: action === UPDATES ? bytes.readUInt32LE(at + ADOPTABLE) : 0,
  };
}
