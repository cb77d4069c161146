/** Converts the files of another product to a CSV that an import takes as it is. */
import { lstat } from 'node:fs/promises';
import { csvCell } from '../csv/write.js';
import { defaultTarget } from '../identity/columns.js';
import { writeDurably } from '../store/durable-file.js';
import type { Writer } from '../store/store.js';
import { ConvertError } from './convert-error.js';
import type { ForeignUser } from './foreign-user.js';
import { InputFile } from './input-file.js';
import type { ReadOptions, Read, Users } from './source.js';
import { SOURCES, type SourceName } from './sources.js';
import { Tally, type Summary } from './summary.js';
import { FIRST_COLUMNS, toRow, type ConvertedRow, type RowOptions } from './to-row.js';

export interface ConvertRequest extends ReadOptions, RowOptions {
  from: SourceName;
  files: string[];
  /** Where the CSV goes; nothing is there yet. */
  output: string;
  /** Ends it between two users; nothing is left then. */
  signal?: AbortSignal | undefined;
}

/** A column each has its place in every row; more metadata than this is no profile but data. */
const MOST_METADATA = 200;
const MOST_PLACES = 20;

/**
 * Reads the users twice: once for the columns, then to write the rows. So what is malformed is found before a row is
 * written, and memory does not grow with the files, but for an index of what is joined.
 * @throws ConvertError when the files cannot be converted; nothing is left then
 */
export async function convert(request: ConvertRequest): Promise<Summary> {
  const { from, output } = request;
  await refuseExisting(output);
  const files: InputFile[] = [];
  try {
    for (const path of request.files) files.push(await InputFile.open(path));
    const users = await SOURCES[from].open(files, request);
    const survey = await lookThrough(users, request);
    const columns = columnsOf(survey.columns);
    await writeDurably(output, async (file) => {
      await writeRows(file, columns, users, request);
      await refuseExisting(output);
    }).catch((error: unknown) => {
      const { syscall, code } = error as NodeJS.ErrnoException;
      if (syscall === undefined) throw error;
      throw new ConvertError(`${output} cannot be written (${code}). Nothing is left of it.`);
    });
    return summaryOf(from, survey, columns);
  } finally {
    for (const file of files) await file.close();
  }
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) {
    throw new ConvertError(`${path} is there already, and is not overwritten; name another file.`);
  }
}

/** What the first look at all users tells. */
class Survey {
  read = 0;
  written = 0;
  readonly passwords = { kept: 0, converted: 0, none: 0 };
  readonly lostPasswords = new Tally();
  readonly leftOut = new Tally();
  readonly signIns = new Tally();
  readonly lost = new Tally();
  readonly changed = new Tally();
  readonly unreadable = new Tally();
  readonly places: string[] = [];
  readonly columns = new Tally();

  add({ cells, password, signIns, lost, changed }: ConvertedRow): void {
    this.written++;
    if (typeof password === 'object') this.lostPasswords.add(password.lost);
    else this.passwords[password]++;
    for (const column of cells.keys()) this.columns.add(column);
    for (const provider of signIns) this.signIns.add(provider);
    // Users are counted, and not each of their values.
    for (const what of new Set(lost)) this.lost.add(what);
    for (const what of new Set(changed)) this.changed.add(what);
  }
}

async function lookThrough(users: Users, request: ConvertRequest): Promise<Survey> {
  const survey = new Survey();
  for await (const read of users.read()) {
    stopIfAsked(request);
    survey.read++;
    if (isUser(read)) survey.add(toRow(read, request));
    else if ('leftOut' in read) survey.leftOut.add(read.leftOut);
    else {
      survey.unreadable.add(read.unreadable);
      if (survey.places.length < MOST_PLACES) {
        survey.places.push(await read.file.placeOf(read.start));
      }
    }
  }
  for (const [what, count] of Object.entries(users.left?.() ?? {})) survey.lost.add(what, count);
  if (survey.written === 0) throw new ConvertError('The files hold no user to import.');
  return survey;
}

async function writeRows(
  file: Writer,
  columns: readonly string[],
  users: Users,
  request: ConvertRequest,
): Promise<void> {
  await file.write(`${columns.join(',')}\n`);
  for await (const read of users.read()) {
    stopIfAsked(request);
    if (!isUser(read)) continue;
    const { cells } = toRow(read, request);
    await file.write(`${columns.map((name) => csvCell(cells.get(name) ?? '')).join(',')}\n`);
  }
}

function isUser(read: Read): read is ForeignUser {
  return 'oldId' in read;
}

function stopIfAsked({ signal }: ConvertRequest): void {
  signal?.throwIfAborted();
}

/** The header: of columns with a value alone, and of metadata those that most users have. */
function columnsOf(tally: Tally): string[] {
  const found = tally.entries.map(([name]) => name);
  const rank = (name: string) => {
    const at = FIRST_COLUMNS.indexOf(name);
    return at < 0 ? FIRST_COLUMNS.length + (name.startsWith('sign_in.') ? 0 : 1) : at;
  };
  const metadata = found.filter((name) => rank(name) > FIRST_COLUMNS.length);
  const kept = new Set(metadata.slice(0, MOST_METADATA));
  return found
    .filter((name) => rank(name) <= FIRST_COLUMNS.length || kept.has(name))
    .concat(found.includes('email') ? [] : ['email'])
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function summaryOf(from: SourceName, survey: Survey, columns: string[]): Summary {
  const dropped = survey.columns.entries.filter(([name]) => !columns.includes(name));
  for (const [, count] of dropped)
    survey.lost.add('rare metadata: a CSV has no room for all', count);
  return {
    from,
    users: {
      read: survey.read,
      written: survey.written,
      leftOut: survey.leftOut.toCounts(),
    },
    passwords: { ...survey.passwords, lost: survey.lostPasswords.toCounts() },
    signIns: survey.signIns.toCounts(),
    lost: survey.lost.toCounts(),
    changed: survey.changed.toCounts(),
    unreadable: { reasons: survey.unreadable.toCounts(), places: survey.places },
    columns,
    unmapped: columns.filter((name) => defaultTarget(name) === undefined),
  };
}
