import { hash } from 'node:crypto';

/**
 * Remembers the first line of each address, in at most 24 bytes an address however many there are.
 *
 * A slot is 16 bytes: 12 of the address's SHA-256 and 4 of its line. 96 bits make a false match among 10 million
 * addresses less likely than 1 in 10^14, so the addresses themselves need not be kept. The slots are spread over
 * segments that grow one at a time and by a quarter, so that load stays between 0.68 and 0.85 and the old and new
 * slots of a single segment are all that is ever in memory twice: one table that doubles would need 48 bytes and
 * more.
 */
export class AddressIndex {
  private readonly segments: (Segment | undefined)[] = [];
  private firstCapacity = LEAST_CAPACITY;
  /** Keeps what `prefetch` looks at from being left out as useless. */
  private looked = 0;

  /**
   * Makes room at once, which spares moving all slots each time that a segment grows. For a million at most: the number
   * may be a wrong guess.
   * @param addresses how many will be claimed; called before the first is
   */
  expect(addresses: number): void {
    const slots = Math.min(addresses, MOST_EXPECTED) / SEGMENTS / EXPECTED_LOAD;
    this.firstCapacity = Math.max(LEAST_CAPACITY, Math.ceil(slots));
  }

  /**
   * Looks at the slots of many addresses that are about to be claimed: the processor waits for all of them at once, and
   * not for each in turn.
   * @returns their digests, for `claim`
   */
  prefetch(addresses: readonly string[]): string[] {
    const digests = addresses.map(digestOf);
    for (const digest of digests) {
      this.looked ^= this.segments[digest.charCodeAt(0)]?.look(wordAt(digest, 4)) ?? 0;
    }
    return digests;
  }

  /**
   * The line that has the address already; when there is none, `line` now has it.
   * @param address in the form in which addresses are compared
   * @param line 1 to 2^32 - 1
   * @param digest the address's own, where it is known from `prefetch`
   */
  claim(address: string, line: number, digest = digestOf(address)): number | undefined {
    const segment = (this.segments[digest.charCodeAt(0)] ??= new Segment(this.firstCapacity));
    return segment.claim(wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12), line);
  }

  /** The line that has the address, if any. */
  lineOf(address: string): number | undefined {
    return this.isEmpty ? undefined : this.lineOfDigest(digestOf(address));
  }

  /** @param digest the address's SHA-256, or its first 16 bytes: a character for each byte */
  lineOfDigest(digest: string): number | undefined {
    const segment = this.segments[digest.charCodeAt(0)];
    return segment?.lineOf(wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12));
  }

  get isEmpty(): boolean {
    return this.segments.length === 0;
  }

  /** Bytes held by the slots, for the memory measurement. */
  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + (segment?.bytes ?? 0), 0);
  }
}

/** A character for each byte: a buffer for each digest would take four times as long as the digest itself. */
function digestOf(address: string): string {
  return hash('sha256', address, 'binary');
}

function wordAt(bytes: string, at: number): number {
  const low = bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8);
  return (low | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)) >>> 0;
}

const WORDS = 4;
const WORD_VALUES = 2 ** 32;
const LEAST_CAPACITY = 16;
/** One for each value of a digest's first byte. */
const SEGMENTS = 256;
const MOST_EXPECTED = 1_000_000;
const MAX_LOAD = 0.85;
/** Some segments get a few more than others. */
const EXPECTED_LOAD = 0.8;
const GROWTH = 1.25;

/** Open addressing with linear probing; a slot whose line is 0 is empty. */
class Segment {
  private slots: Uint32Array<ArrayBuffer>;
  private count = 0;

  constructor(capacity: number) {
    this.slots = new Uint32Array(capacity * WORDS);
  }

  get bytes(): number {
    return this.slots.byteLength;
  }

  claim(a: number, b: number, c: number, line: number): number | undefined {
    if ((this.count + 1) * WORDS > MAX_LOAD * this.slots.length) this.grow();
    const at = this.find(a, b, c);
    const known = this.slots[at + 3]!;
    if (known !== 0) return known;
    this.put(at, a, b, c, line);
    this.count++;
    return undefined;
  }

  /** The line in the slot where the search for an address begins. */
  look(a: number): number {
    return this.slots[this.placeOf(a) + 3]!;
  }

  /** By a product, since a remainder of such large numbers takes longer than all else that a search does. */
  private placeOf(a: number): number {
    return Math.trunc((a / WORD_VALUES) * (this.slots.length / WORDS)) * WORDS;
  }

  lineOf(a: number, b: number, c: number): number | undefined {
    return this.slots[this.find(a, b, c) + 3] || undefined;
  }

  private find(a: number, b: number, c: number): number {
    let at = this.placeOf(a);
    while (this.slots[at + 3] !== 0) {
      if (this.slots[at] === a && this.slots[at + 1] === b && this.slots[at + 2] === c) break;
      at += WORDS;
      if (at === this.slots.length) at = 0;
    }
    return at;
  }

  private put(at: number, a: number, b: number, c: number, line: number): void {
    this.slots[at] = a;
    this.slots[at + 1] = b;
    this.slots[at + 2] = c;
    this.slots[at + 3] = line;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(Math.ceil((old.length / WORDS) * GROWTH) * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      const [a, b, c, line] = [old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!];
      if (line !== 0) this.put(this.find(a, b, c), a, b, c, line);
    }
  }
}
