/** Where the records of each id are in a file, so that they need not be in memory to be joined. */
import { AddressIndex } from '../validation/address-index.js';

/** A record by its bytes in its file. */
export interface RecordPlace {
  start: number;
  end: number;
}

/**
 * At most 40 bytes a record, however long it is: 24 for the digest of its id, 16 for its place and the next record of
 * the same id.
 */
export class RecordIndex {
  private readonly firstOf = new AddressIndex();
  private readonly starts = new Numbers(Float64Array);
  private readonly lengths = new Numbers(Uint32Array);
  /** The number of the next record of the same id; 0 for the last. */
  private readonly next = new Numbers(Uint32Array);

  /** How many ids it has. */
  ids = 0;

  /** Records are numbered from 1 on. */
  add(id: string, { start, end }: RecordPlace): void {
    const number = this.starts.push(start);
    this.lengths.push(end - start);
    const first = this.firstOf.claim(id, number);
    if (first === undefined) {
      this.ids++;
      this.next.push(0);
      return;
    }
    this.next.push(this.next.at(first));
    this.next.set(first, number);
  }

  /** Every record of an id; the first one added comes first. */
  placesOf(id: string): RecordPlace[] {
    const places: RecordPlace[] = [];
    const first = this.firstOf.lineOf(id) ?? 0;
    for (let number = first; number !== 0; number = this.next.at(number)) {
      const start = this.starts.at(number);
      places.push({ start, end: start + this.lengths.at(number) });
    }
    return places;
  }
}

const PER_BLOCK = 64 * 1024;

type Block = Float64Array | Uint32Array;

/** A list of numbers that grows without ever being copied. */
class Numbers {
  private readonly blocks: Block[] = [];
  private count = 0;

  constructor(private readonly BlockOf: new (length: number) => Block) {}

  /** @returns its number, the first being 1 */
  push(value: number): number {
    if (this.count % PER_BLOCK === 0) this.blocks.push(new this.BlockOf(PER_BLOCK));
    this.count++;
    this.set(this.count, value);
    return this.count;
  }

  at(number: number): number {
    return this.blocks[Math.floor((number - 1) / PER_BLOCK)]![(number - 1) % PER_BLOCK]!;
  }

  set(number: number, value: number): void {
    this.blocks[Math.floor((number - 1) / PER_BLOCK)]![(number - 1) % PER_BLOCK] = value;
  }
}
