// The speed of Kratos's batches: a bare loop that has the rows in memory, keeps nothing, retries nothing and checks
// nothing. It makes the same identities as an import does. Usage: ceiling.mjs FILE ADMIN_URL BATCH CONCURRENCY COST
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Configuration, IdentityApi } from '@ory/client';
import { parse } from 'csv-parse/sync';
import { createHashingThreads } from '../../../dist/src/passwords/hasher.js';
import { placeholderHash } from '../../../dist/src/passwords/placeholder.js';

const [file = '', basePath, ...numbers] = process.argv.slice(2);
const [size = 500, concurrency = 2, cost = 8] = numbers.map(Number);
const baseOptions = { httpAgent: new Agent({ keepAlive: true }) };
const kratos = new IdentityApi(new Configuration({ basePath, baseOptions }));
/** @type {Record<string, string>[]} */
const rows = parse(readFileSync(file), { columns: true });
const started = performance.now();
const at = new Date().toISOString();

const { hash } = createHashingThreads(cost);
const { signal } = new AbortController();
/** Passwords are hashed ahead of the requests, so that the cores never wait for these. */
const hashes = rows.map(({ initial_password: password }) =>
  password ? hash(password, signal) : placeholderHash(cost, randomBytes),
);
const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => i * size);

async function loop() {
  for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
    const identities = await Promise.all(
      rows.slice(first, first + size).map(async ({ initial_password: _, ...traits }, i) => ({
        create: {
          ...{ schema_id: 'demo', state: /** @type {const} */ ('active'), traits },
          metadata_admin: { csv_import: originOf(first + i) },
          credentials: { password: { config: { hashed_password: await hashes[first + i] } } },
        },
      })),
    );
    await kratos.batchPatchIdentities({ patchIdentitiesBody: { identities } });
  }
}

/** An origin as long as an import's own. */
function originOf(/** @type {number} */ line) {
  return {
    ...{ workflowId: 'bench-1234567890123', runId: '00000000-0000-4000-8000-000000000000' },
    ...{ file: 'users.csv', actor: 'bench', line, at },
    ...(!rows[line]?.['initial_password'] && { invitation: { dueSince: at } }),
  };
}

await Promise.all(Array.from({ length: concurrency }, loop));
console.log(
  JSON.stringify({ seconds: (performance.now() - started) / 1000, created: rows.length }),
);
