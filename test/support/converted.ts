/** Exports of test/fixtures/exports, converted as the command does it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { onTestFinished } from 'vitest';
import { convert, type ConvertRequest } from '../../src/convert/convert.js';
import type { SourceName } from '../../src/convert/sources.js';
import type { Summary } from '../../src/convert/summary.js';

const EXPORTS = new URL('../fixtures/exports/', import.meta.url).pathname;

/** What each product's admin has: all files of its folder that are no parameters. */
export const EXPORTED: Record<SourceName, string[]> = {
  auth0: ['auth0/users.ndjson', 'auth0/hashes.ndjson'],
  cognito: ['cognito/users.json'],
  firebase: ['firebase/users.json'],
  keycloak: [
    'keycloak/acme-realm.json',
    'keycloak/acme-users-0.json',
    'keycloak/acme-users-1.json',
  ],
  okta: ['okta/users.json'],
  supabase: ['supabase/users.csv', 'supabase/identities.csv'],
};

export function exported(name: string): string {
  return path.join(EXPORTS, name);
}

/** The parameters of the invented Firebase project, as parts of its hashes. */
export const HASH_PARAMETERS = {
  signer_key:
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  salt_separator: 'Bw==',
  rounds: '8',
  mem_cost: '10',
};

export interface Converted {
  summary: Summary;
  text: string;
  rows: Record<string, string>[];
  /** The row of a first name in ASCII, such as `chloe`. */
  of: (person: string) => Record<string, string> | undefined;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convert-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

export async function converted(
  from: SourceName,
  request: Partial<ConvertRequest> = {},
): Promise<Converted> {
  const output = path.join(await temporaryFolder(), 'users.csv');
  const summary = await convert({
    ...{ from, output, providers: new Map(), lostPasswords: undefined },
    files: EXPORTED[from].map(exported),
    hashParameters: HASH_PARAMETERS,
    ...request,
  });
  const text = await readFile(output, 'utf8');
  const rows = parse<Record<string, string>>(text, { columns: true });
  return {
    ...{ summary, text, rows },
    of: (person) => rows.find(({ email }) => email === `${person}@example.com`),
  };
}
