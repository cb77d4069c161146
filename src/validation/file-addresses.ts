import type { RowCode, RowProblem } from '../contract/codes.js';
import { sameForPeople } from '../identity/email.js';
import { claimKey, type Claim } from '../identity/identifiers.js';
import { AddressIndex } from './address-index.js';
import type { CheckedRow } from './checked-row.js';

const SAMPLE = 20;

type ClaimingRow = Pick<CheckedRow, 'address' | 'otherKey' | 'claims' | 'problems'>;

/**
 * What each row of a file has for itself: the first line of each key and of each other identifier, and a few of the keys
 * taken at random (reservoir sampling). A key is an address, or what stands in its place in a row without one. A row that is invalid keeps what is its own, so that a file means the
 * same whichever row is corrected first.
 */
export class FileAddresses {
  private readonly keys = new AddressIndex();
  private readonly others = new AddressIndex();
  private expectedOthers = 0;
  /** Whether a row is without an address. */
  private hasOtherKeys = false;
  private count = 0;
  /** In the form in which Kratos keeps them. */
  readonly sample: string[] = [];

  /** @param rows how many the file may have; called before the first is read */
  expect(rows: number): void {
    this.keys.expect(rows);
    // Of a file whose rows have more than one other identifier each, the index grows by itself.
    this.expectedOthers = rows;
  }

  /**
   * Gives each row what no earlier one has, and refuses it for what an earlier one has.
   * @param lineOf the line of a row by its place in the list
   */
  claim(rows: readonly ClaimingRow[], lineOf: (i: number) => number): void {
    const keys = rows.map(({ address, otherKey }) =>
      address === undefined ? (otherKey?.key ?? '') : sameForPeople(address),
    );
    const digests = this.keys.prefetch(keys);
    for (let i = 0; i < rows.length; i++) {
      const { address, otherKey, claims, problems } = rows[i]!;
      const line = lineOf(i);
      const form = address ?? otherKey?.form;
      if (form !== undefined) {
        this.addToSample(form);
        this.hasOtherKeys ||= otherKey !== undefined;
        this.claimOwn(keys[i]!, digests[i]!, line, problems, otherKey?.what);
      }
      for (const claim of claims) {
        if (claim.key !== otherKey?.key) this.claimOther(claim, line, problems);
      }
    }
  }

  /** The line whose key has this form, if any. */
  lineOf(form: string): number | undefined {
    return this.keys.lineOf(claimKey(form));
  }

  /** The lines that have a text as their key or as another identifier. */
  linesOf(text: string): number[] {
    const key = claimKey(text);
    const lines = [this.keys.lineOf(key), this.others.lineOf(key)];
    return lines.filter((line) => line !== undefined);
  }

  /** The line whose key has a digest: see keyDigest. */
  lineOfDigest(digest: Buffer): number | undefined {
    return this.keys.lineOfDigest(digest.toString('binary'));
  }

  /** The line that claims something besides its key. */
  lineOfClaim(key: string): number | undefined {
    return this.others.lineOf(key);
  }

  /** @param what the key is; an address where this is absent */
  private claimOwn(
    key: string,
    digest: string,
    line: number,
    problems: RowProblem[],
    what: string | undefined,
  ): void {
    const earlier = this.keys.claim(key, line, digest);
    if (earlier !== undefined) {
      problems.push(
        what === undefined
          ? { code: 'duplicate_email', reason: `line ${earlier} has the same address` }
          : repeated(`${what} is an identifier of line ${earlier}`),
      );
      return;
    }
    const other = this.others.lineOf(key);
    if (other === undefined) return;
    problems.push(
      repeated(
        what === undefined
          ? `line ${other} has the address as another identifier`
          : `${what} is an identifier of line ${other}`,
      ),
    );
  }

  private claimOther({ key, what, code }: Claim, line: number, problems: RowProblem[]): void {
    // Nothing without an at sign is an address.
    const mayBeKey = this.hasOtherKeys || key.includes('@');
    const owner = mayBeKey ? this.keys.lineOf(key) : undefined;
    if (owner !== undefined && owner !== line) {
      const its = key.includes('@') ? 'the address' : 'an identifier';
      problems.push(repeated(`${what} is ${its} of line ${owner}`));
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
