/** The outcomes that runs report, compared with the users in Kratos. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RowOutcome } from '../../src/contract/import/outcomes.js';
import { allIdentities, type StoredIdentity } from './identities.js';

/** One line of results.csv. */
export type Result = Record<string, string>;

/** All users in Kratos, by lower-cased address. */
export class Stored {
  private constructor(private readonly byAddress: Map<string, StoredIdentity[]>) {}

  static async in(adminUrl: string): Promise<Stored> {
    const byAddress = new Map<string, StoredIdentity[]>();
    for (const identity of await allIdentities(adminUrl)) {
      const address = addressOf(identity);
      byAddress.set(address, [...(byAddress.get(address) ?? []), identity]);
    }
    return new Stored(byAddress);
  }

  of(email: string): StoredIdentity | undefined {
    return this.byAddress.get(email.toLowerCase())?.[0];
  }

  /** Addresses that begin with this prefix. */
  addresses(prefix: string): string[] {
    return [...this.byAddress.keys()].filter((address) => address.startsWith(prefix));
  }

  get size(): number {
    return [...this.byAddress.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Addresses that more than one identity has. */
  get twice(): string[] {
    return [...this.byAddress].flatMap(([address, { length }]) => (length > 1 ? [address] : []));
  }
}

function addressOf({ traits }: StoredIdentity): string {
  return String(traits['email']).toLowerCase();
}

/** The origin in an identity's metadata. */
export function originOf(identity: StoredIdentity | undefined): Record<string, unknown> {
  return (identity?.metadata_admin?.['csv_import'] ?? {}) as Record<string, unknown>;
}

/**
 * Every line of a run's results.csv that is not true, with the reason. Tests expect none.
 * @param before the users before any run
 */
export function untrueLines(
  results: Result[],
  run: { workflowId: string; runId: string },
  stored: Stored,
  before?: Stored,
): string[] {
  return results.flatMap(({ line, email, outcome, identity_id }) => {
    const identity = stored.of(email!);
    const origin = originOf(identity);
    const isOwn =
      origin['workflowId'] === run.workflowId &&
      origin['runId'] === run.runId &&
      String(origin['line']) === line;
    const why = whyUntrue(outcome!, isOwn, identity !== undefined);
    if (why) return [`line ${line}: ${outcome}, but ${why}`];
    if (outcome === 'created' && before?.of(email!)) {
      return [`line ${line}: created, but there before`];
    }
    if (identity_id !== '' && identity_id !== identity?.id) {
      return [`line ${line}: ${outcome} as ${identity_id}, but it is ${identity?.id}`];
    }
    return [];
  });
}

function whyUntrue(outcome: string, isOwn: boolean, isThere: boolean): string | undefined {
  switch (outcome) {
    case 'created':
      return isOwn ? undefined : 'not there, or of another run or line';
    case 'updated':
    case 'unchanged':
    case 'skipped':
      if (isOwn) return 'created by this run';
      return isThere ? undefined : 'not there';
    case 'unprocessed':
    case 'invalid':
      return isOwn ? 'created by this run' : undefined;
    default:
      return 'no row should have this outcome';
  }
}

/** The outcomes that a run keeps with its chunks, by line. */
export async function outcomesOfRun(runFolder: string): Promise<Map<number, RowOutcome>> {
  const folder = path.join(runFolder, 'outcomes');
  const outcomes = new Map<number, RowOutcome>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.jsonl')) continue;
    const lines = (await readFile(path.join(folder, name), 'utf8')).split('\n');
    // The first line says of which format it is.
    for (const text of lines.slice(1).filter((line) => line !== '')) {
      const outcome = JSON.parse(text) as RowOutcome;
      outcomes.set(outcome.line, outcome);
    }
  }
  return outcomes;
}
