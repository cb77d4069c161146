/**
 * Which rows of a file have a user in Kratos already, as validation found it: for each line of the file the id of the
 * identity that its address belongs to, and, where no look-up would show them, of others that have an address of the
 * row. Hints, not verdicts: a chunk reads those users again by their ids.
 */
import {
  closeSync,
  constants,
  createReadStream,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ID_BYTES, idAt, idToBytes } from './identity-ids.js';
import type { HintsFile, Plan } from './plan.js';
import type { RunLayout } from './run-layout.js';
import { StoreError } from './store.js';

const { O_CREAT, O_EXCL, O_RDWR } = constants;

/** Users of a row that are kept. */
const MOST: Record<HintsFile, number> = {
  'existing-users': 1,
  // As many as Kratos has kinds of addresses, each of which one user has.
  'users-in-the-way': 4,
};

/** Records the user of a line, in any order of the lines. */
type RecordUser = (line: number, id: string) => void;

/**
 * Writes those files of a validation for which there is a hint.
 * @param fill gets a function for the rows' own users, and one for users who are in the way of a row
 * @returns which files those are
 */
export async function writeExistingUsers(
  folder: RunLayout,
  validation: string,
  fill: (existing: RecordUser, inTheWay: RecordUser) => Promise<void>,
): Promise<HintsFile[]> {
  const scratch = new Scratch();
  try {
    const existing = scratch.file('existing-users');
    const inTheWay = scratch.file('users-in-the-way');
    await fill(existing.record, inTheWay.record);
    const hints = [existing, inTheWay].filter(({ isEmpty }) => !isEmpty);
    for (const file of hints) {
      await folder.store.write(folder.ofPlan(validation, file.name), async (writer) => {
        for await (const part of file.content()) await writer.write(part as Buffer);
      });
    }
    return hints.map(({ name }) => name);
  } finally {
    scratch.close();
  }
}

const PART_BYTES = 1024 * 1024;

/** @throws StoreError when `writeExistingUsers` could not write on this machine */
export function proveScratch(): void {
  rmSync(makeScratchFolder(), { recursive: true, force: true });
}

function makeScratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'user-import-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      `The worker cannot write to its temporary folder ${tmpdir()} (${code}). Mount one there, or name another one in TMPDIR.`,
      'refused',
    );
  }
}

/**
 * Files of this machine, since a store takes no writes at random places. They have no names any more once they are open,
 * so that nothing is left of them whatever ends the worker.
 */
class Scratch {
  private readonly files: ScratchFile[] = [];

  file(name: HintsFile): ScratchFile {
    const folder = makeScratchFolder();
    try {
      const file = new ScratchFile(name, join(folder, name));
      this.files.push(file);
      return file;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

class ScratchFile {
  isEmpty = true;
  private readonly file: number;
  private readonly known: Buffer;

  constructor(
    readonly name: HintsFile,
    path: string,
  ) {
    this.file = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    this.known = Buffer.alloc(MOST[name] * ID_BYTES);
  }

  readonly record: RecordUser = (line, id) => {
    const { known, file } = this;
    const most = MOST[this.name];
    const start = line * known.length;
    readSync(file, known.fill(0), 0, known.length, start);
    const ids = idsIn(known, 0, most);
    if (ids.includes(id)) return;
    const place = Math.min(ids.length, most - 1);
    writeSync(file, idToBytes(id), 0, ID_BYTES, start + place * ID_BYTES);
    this.isEmpty = false;
  };

  content(): Readable {
    const options = { fd: this.file, autoClose: false, start: 0, highWaterMark: PART_BYTES };
    return createReadStream('', options);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** What is known of the users of some lines, by line; empty where the run has no hints. */
export interface UserHints {
  existingIds: ReadonlyMap<number, string>;
  idsInTheWay: ReadonlyMap<number, string[]>;
}

/** A run whose file was validated. */
interface PlannedFolder {
  folder: RunLayout;
  plan: Pick<Plan, 'validation' | 'hints'>;
}

/** @param lines in ascending order */
export async function readUserHints(
  run: PlannedFolder,
  lines: readonly number[],
): Promise<UserHints> {
  return {
    existingIds: await readExistingUsers(run, lines),
    idsInTheWay: await readHints(run, 'users-in-the-way', lines),
  };
}

/**
 * The rows' own users.
 * @param lines in ascending order
 * @returns ids by line
 */
export async function readExistingUsers(
  run: PlannedFolder,
  lines: readonly number[],
): Promise<Map<number, string>> {
  const hints = await readHints(run, 'existing-users', lines);
  return new Map([...hints].map(([line, [id]]) => [line, id!]));
}

async function readHints(
  { folder, plan }: PlannedFolder,
  name: HintsFile,
  lines: readonly number[],
): Promise<Map<number, string[]>> {
  const hints = new Map<number, string[]>();
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined || !plan.hints.includes(name)) return hints;
  const most = MOST[name];
  const width = most * ID_BYTES;
  const range = { start: first * width, bytes: (last - first + 1) * width };
  const content = await folder.store.read(folder.ofPlan(plan.validation, name), { range });
  if (!content) return hints;
  for (const line of lines) {
    const ids = idsIn(content.bytes, (line - first) * width, most);
    if (ids.length > 0) hints.set(line, ids);
  }
  return hints;
}

function idsIn(bytes: Buffer, offset: number, most: number): string[] {
  return Array.from({ length: most }, (_, i) => idAt(bytes, offset + i * ID_BYTES)).filter(
    (id) => id !== undefined,
  );
}
