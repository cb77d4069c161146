import type { RowCode, RowProblem } from '../contract/codes.js';
import { sameForPeople } from '../identity/email.js';
import { claimKey, type Claim } from '../identity/identifiers.js';
import { AddressIndex } from './address-index.js';
import type { CheckedRow } from './checked-row.js';

const SAMPLE = 20;

type ClaimingRow = Pick<CheckedRow, 'address' | 'claims' | 'problems'>;

/**
 * What each row of a file has for itself: the first line of each address and of each other identifier, and a few of the
 * addresses taken at random (reservoir sampling). A row that is invalid keeps what is its own, so that a file means the
 * same whichever row is corrected first.
 */
export class FileAddresses {
  private readonly addresses = new AddressIndex();
  private readonly others = new AddressIndex();
  private expectedOthers = 0;
  private count = 0;
  /** In the form in which Kratos keeps them. */
  readonly sample: string[] = [];

  /** @param rows how many the file may have; called before the first is read */
  expect(rows: number): void {
    this.addresses.expect(rows);
    // Of a file whose rows have more than one other identifier each, the index grows by itself.
    this.expectedOthers = rows;
  }

  /**
   * Gives each row what no earlier one has, and refuses it for what an earlier one has.
   * @param lineOf the line of a row by its place in the list
   */
  claim(rows: readonly ClaimingRow[], lineOf: (i: number) => number): void {
    const keys = rows.map(({ address }) => (address === undefined ? '' : sameForPeople(address)));
    const digests = this.addresses.prefetch(keys);
    for (let i = 0; i < rows.length; i++) {
      const { address, claims, problems } = rows[i]!;
      const line = lineOf(i);
      if (address !== undefined) {
        this.addToSample(address);
        this.claimAddress(keys[i]!, digests[i]!, line, problems);
      }
      for (const claim of claims) this.claimOther(claim, line, problems);
    }
  }

  /** The line that has the address in this form, if any. */
  lineOf(address: string): number | undefined {
    return this.addresses.lineOf(sameForPeople(address));
  }

  /** The lines that have a text as an address or another identifier. */
  linesOf(text: string): number[] {
    const key = claimKey(text);
    const lines = [this.addresses.lineOf(key), this.others.lineOf(key)];
    return lines.filter((line) => line !== undefined);
  }

  private claimAddress(key: string, digest: string, line: number, problems: RowProblem[]): void {
    const earlier = this.addresses.claim(key, line, digest);
    if (earlier !== undefined) {
      problems.push({ code: 'duplicate_email', reason: `line ${earlier} has the same address` });
      return;
    }
    const other = this.others.lineOf(key);
    if (other === undefined) return;
    problems.push(repeated(`line ${other} has the address as another identifier`));
  }

  private claimOther({ key, what, code }: Claim, line: number, problems: RowProblem[]): void {
    // Nothing without an at sign is an address.
    const owner = key.includes('@') ? this.addresses.lineOf(key) : undefined;
    if (owner !== undefined && owner !== line) {
      problems.push(repeated(`${what} is the address of line ${owner}`));
      return;
    }
    if (this.others.isEmpty) this.others.expect(this.expectedOthers);
    const earlier = this.others.claim(key, line);
    if (earlier === undefined || earlier === line) return;
    const owns = code ? 'that' : 'an identifier';
    problems.push(repeated(`${what} is ${owns} of line ${earlier}`, code));
  }

  /** Each address of the file has the same chance to be in the sample, however many are still to come. */
  private addToSample(address: string): void {
    const place = Math.floor(Math.random() * ++this.count);
    if (this.sample.length < SAMPLE) this.sample.push(address);
    else if (place < SAMPLE) this.sample[place] = address;
  }
}

function repeated(reason: string, code: RowCode = 'duplicate_identifier'): RowProblem {
  return { code, reason };
}
