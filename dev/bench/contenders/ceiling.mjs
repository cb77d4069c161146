// The speed of Kratos's batches: a bare loop over Node's own HTTP client, the cheapest of those tried, that has the
// rows in memory, keeps nothing and retries nothing. It makes the same identities as an import does.
// Usage: ceiling.mjs FILE ADMIN_URL BATCH CONCURRENCY COST
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { createHashingThreads } from '../../../dist/src/passwords/hasher.js';
import { placeholderHash } from '../../../dist/src/passwords/placeholder.js';
import { connect } from './http.mjs';

/** The last batches are smaller, so that all loops end together: a loop takes its share of what is left, at least this. */
const SMALLEST_BATCH = 50;

const [file = '', adminUrl = '', ...numbers] = process.argv.slice(2);
const [size = 500, concurrency = 3, cost = 8] = numbers.map(Number);
/** @type {Record<string, string>[]} */
const rows = parse(readFileSync(file), { columns: true });
const send = connect(adminUrl);
const started = performance.now();
const at = new Date().toISOString();

const { hash } = createHashingThreads(cost);
const { signal } = new AbortController();
/** Passwords are hashed ahead of the requests, so that the cores never wait for these. */
const hashes = rows.map(({ initial_password: password }) => password && hash(password, signal));
let random = 0;
const randomness = randomFillSync(Buffer.allocUnsafe(16 * rows.length));
const randomBytes = (/** @type {number} */ length) =>
  randomness.subarray(random, (random += length));

let next = 0;
let created = 0;

async function loop() {
  while (next < rows.length) {
    const first = next;
    const share = Math.ceil((rows.length - first) / concurrency);
    next = Math.min(rows.length, first + Math.min(size, Math.max(share, SMALLEST_BATCH)));
    const end = next;
    const identities = [];
    for (let row = first; row < end; row++) {
      identities.push(identityOf(row, (await hashes[row]) || placeholderHash(cost, randomBytes)));
    }
    const body = `{"identities":[${identities.join(',')}]}`;
    const { status, text } = await send('PATCH', '/admin/identities', body);
    // Kratos answers 200 also where it refused some of them.
    const stored = status === 200 ? text.split('"action":"create"').length - 1 : 0;
    if (stored !== end - first) {
      throw new Error(`Kratos created ${stored} of ${end - first} [status=${status}]`);
    }
    created += stored;
  }
}

/** As JSON, with an origin as long as an import's own. */
function identityOf(/** @type {number} */ row, /** @type {string} */ hashed) {
  const { initial_password: password, ...traits } = rows[row] ?? {};
  const invitation = password ? '' : `,"invitation":{"dueSince":"${at}"}`;
  return (
    `{"create":{"schema_id":"demo","state":"active","traits":${JSON.stringify(traits)},"metadata_admin":{"csv_import":` +
    `{"workflowId":"bench-1234567890123","runId":"00000000-0000-4000-8000-000000000000","file":"users.csv",` +
    `"actor":"bench","line":${row + 2},"at":"${at}"${invitation}}},` +
    `"credentials":{"password":{"config":{"hashed_password":"${hashed}"}}}}}`
  );
}

await Promise.all(Array.from({ length: concurrency }, loop));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, created }));
// The hashing threads and the connections would keep the process.
process.exit(0);
