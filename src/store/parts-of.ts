import { mapAhead } from './map-ahead.js';
import { VersionChanged, type Store } from './store.js';

const PART_BYTES = 4 * 1024 * 1024;
const LINE_BREAK = 0x0a;

/**
 * The content of a file of any size; nothing when there is no such file.
 * @throws VersionChanged when it is written anew meanwhile
 */
export async function* partsOf(store: Store, key: string): AsyncGenerator<Buffer> {
  const facts = await store.stat(key);
  if (!facts) return;
  const count = Math.ceil(facts.bytes / PART_BYTES);
  const starts = Array.from({ length: count }, (_, i) => i * PART_BYTES);
  const read = async (start: number): Promise<Buffer> => {
    const range = { start, bytes: PART_BYTES };
    const part = await store.read(key, { range, ifVersion: facts.version });
    if (!part) throw new VersionChanged(key);
    return part.bytes;
  };
  yield* mapAhead(starts, read, 2);
}

/** The lines of such a file. */
export async function* linesOf(store: Store, key: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of partsOf(store, key)) {
    const bytes = Buffer.concat([rest, part]);
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield* bytes.toString('utf8', 0, end - 1).split('\n');
  }
  if (rest.length > 0) yield rest.toString();
}
