/** Exports in which anything may stand in the place of anything: a record costs only itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { InputFile } from '../../../src/convert/input-file.js';
import { SOURCES, type SourceName } from '../../../src/convert/sources.js';
import { toRow } from '../../../src/convert/to-row.js';
import { exported, HASH_PARAMETERS } from '../../support/converted.js';

const folder = mkdtempSync(path.join(tmpdir(), 'convert-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Json = Record<string, unknown>;

/** The users of a sample, and the text of a file of others. */
const SAMPLES: Partial<Record<SourceName, { users: Json[]; toText: (users: Json[]) => string }>> = {
  auth0: {
    users: read('auth0/users.ndjson').map((line) => JSON.parse(line) as Json),
    toText: (users) => users.map((user) => JSON.stringify(user)).join('\n'),
  },
  okta: {
    users: parsed('okta/users.json') as unknown as Json[],
    toText: (users) => JSON.stringify(users),
  },
  cognito: {
    users: parsed('cognito/users.json')['Users'] as Json[],
    toText: (Users) => JSON.stringify({ Users }),
  },
  firebase: {
    users: parsed('firebase/users.json')['users'] as Json[],
    toText: (users) => JSON.stringify({ users }),
  },
  keycloak: {
    users: parsed('keycloak/acme-users-0.json')['users'] as Json[],
    toText: (users) => JSON.stringify({ realm: 'acme', users }),
  },
};

function read(name: string): string[] {
  return readFileSync(exported(name), 'utf8').trim().split('\n');
}

function parsed(name: string): Json {
  return JSON.parse(readFileSync(exported(name), 'utf8')) as Json;
}

/** One value somewhere in a record becomes another one. */
function damaged(record: Json, steps: number[], value: unknown): Json {
  const copy = structuredClone(record);
  let node: Json = copy;
  for (const step of steps) {
    const keys = Object.keys(node);
    if (keys.length === 0) break;
    const key = keys[step % keys.length]!;
    const next = node[key];
    if (typeof next !== 'object' || next === null || step === steps.at(-1)) {
      node[key] = value;
      break;
    }
    node = next as Json;
  }
  return copy;
}

it.each(Object.keys(SAMPLES) as SourceName[])(
  '%s: a record of anything is a user, left out or unreadable, and costs no other',
  async (from) => {
    const { users, toText } = SAMPLES[from]!;
    const change = fc.record({
      which: fc.nat(1000),
      steps: fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }),
      value: fc.jsonValue({ maxDepth: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
        const others = changes.map(({ which, steps, value }) =>
          damaged(users[which % users.length]!, steps, value),
        );
        const file = path.join(folder, 'export.json');
        // The first record tells what the file is.
        writeFileSync(file, toText([users[0]!, ...others]));
        const input = await InputFile.open(file);
        try {
          const opened = await SOURCES[from].open([input], { hashParameters: HASH_PARAMETERS });
          let count = 0;
          for await (const record of opened.read()) {
            count++;
            if (!('oldId' in record)) continue;
            const { cells } = toRow(record, { providers: new Map(), lostPasswords: undefined });
            for (const cell of cells.values()) expect(typeof cell).toBe('string');
          }
          expect(count).toBe(others.length + 1);
        } finally {
          await input.close();
        }
      }),
      { numRuns: 60 },
    );
  },
);
