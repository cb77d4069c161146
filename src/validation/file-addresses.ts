import { AddressIndex } from './address-index.js';

const SAMPLE = 20;

/** The addresses of a file: the first line of each, and a few of them taken at random (reservoir sampling). */
export class FileAddresses {
  private readonly index = new AddressIndex();
  private count = 0;
  /** In the form in which addresses are compared. */
  readonly sample: string[] = [];

  /** @param addresses how many the file may have; called before the first is claimed */
  expect(addresses: number): void {
    this.index.expect(addresses);
  }

  /** The line that has the address already; when there is none, `line` now has it. */
  claim(address: string, line: number): number | undefined {
    // Each address of the file has the same chance to be in the sample, however many are still to come.
    const place = Math.floor(Math.random() * ++this.count);
    if (this.sample.length < SAMPLE) this.sample.push(address);
    else if (place < SAMPLE) this.sample[place] = address;
    return this.index.claim(address, line);
  }

  lineOf(address: string): number | undefined {
    return this.index.lineOf(address);
  }
}
