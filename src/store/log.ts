/**
 * A log that several writers add to at once: each addition is an object of its own below a prefix, so that nobody ever
 * changes what another one has written. Its name begins with a Lamport clock: one more than the highest that the
 * writer had seen, so that whatever a writer had read comes before what it wrote.
 */
import { randomUUID } from 'node:crypto';
import { parseStampedLines, toStampedLines } from './json-lines.js';
import type { Store } from './store.js';

const CLOCK_DIGITS = 8;
/** Whatever else lies there is none of the log's: a file manager may leave its own. */
const NAME = /^(?<clock>\d{8})-[0-9a-f-]{36}\.jsonl$/;
/** Objects that are read at once. */
const READ_AT_ONCE = 16;

export class Log<Entry> {
  private readonly writer = randomUUID();
  private clock = 0;
  /** What this writer has read or written: it never changes. */
  private readonly known = new Map<string, Entry[]>();

  /** @param prefix the log's own, which nothing else is below */
  constructor(
    private readonly store: Store,
    private readonly prefix: string,
  ) {}

  /** Kept for good when this returns, and seen by whoever reads from then on. */
  async add(entries: Entry[]): Promise<void> {
    if (entries.length === 0) return;
    this.clock += 1;
    const name = `${String(this.clock).padStart(CLOCK_DIGITS, '0')}-${this.writer}`;
    const key = `${this.prefix}/${name}.jsonl`;
    // Nobody else has this name: where it stands already, an answer was lost and this is our own.
    await this.store.create(key, toStampedLines(entries));
    this.known.set(key, entries);
  }

  /**
   * All that any writer's `add` had returned for when this was called. What a writer had read comes before what it has
   * written.
   */
  async read(): Promise<Entry[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list(this.prefix)) {
      const clock = NAME.exec(key.slice(this.prefix.length + 1))?.groups?.['clock'];
      if (clock === undefined) continue;
      keys.push(key);
      this.clock = Math.max(this.clock, Number(clock));
    }
    for (let start = 0; start < keys.length; start += READ_AT_ONCE) {
      await Promise.all(keys.slice(start, start + READ_AT_ONCE).map((key) => this.load(key)));
    }
    return keys.flatMap((key) => this.known.get(key) ?? []);
  }

  private async load(key: string): Promise<void> {
    if (this.known.has(key)) return;
    const content = await this.store.read(key);
    // Removed since it was listed: the chunk has its outcomes, which have the last word.
    if (content) this.known.set(key, parseStampedLines('a log', content.bytes.toString()));
  }
}
