/**
 * Which rows of a file have a user in Kratos already, as validation found it: for each line of the file the id of the
 * identity that its address belongs to, and, where no look-up would show them, of others that have an address of the
 * row. Hints, not verdicts: a chunk reads those users again by their ids.
 */
import { ID_BYTES, idAt, idToBytes } from './identity-ids.js';
import type { HintsFile, Plan } from './plan.js';
import type { RunLayout } from './run-layout.js';
import { Scratch, type ScratchFile } from './scratch.js';

/** Users of a row that are kept. */
const MOST: Record<HintsFile, number> = {
  'existing-users': 1,
  // As many as Kratos has kinds of addresses, each of which one user has.
  'users-in-the-way': 4,
};

/** Records the user of a line, in any order of the lines. */
export type RecordUser = (line: number, id: string) => void;

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
    const existing = new Hints('existing-users', scratch.file());
    const inTheWay = new Hints('users-in-the-way', scratch.file());
    await fill(existing.record, inTheWay.record);
    const hints = [existing, inTheWay].filter(({ isEmpty }) => !isEmpty);
    for (const { name, file } of hints) {
      await file.storeAs(folder.store, folder.ofPlan(validation, name));
    }
    return hints.map(({ name }) => name);
  } finally {
    scratch.close();
  }
}

/** A file of hints as it is put together. */
class Hints {
  isEmpty = true;
  private readonly known: Buffer;

  constructor(
    readonly name: HintsFile,
    readonly file: ScratchFile,
  ) {
    this.known = Buffer.alloc(MOST[name] * ID_BYTES);
  }

  readonly record: RecordUser = (line, id) => {
    const { known, file } = this;
    const most = MOST[this.name];
    const start = line * known.length;
    file.read(known, start);
    const ids = idsIn(known, 0, most);
    if (ids.includes(id)) return;
    const place = Math.min(ids.length, most - 1);
    file.write(idToBytes(id), start + place * ID_BYTES);
    this.isEmpty = false;
  };
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
