// Kratos's admin endpoints for sizes that a real one would need hours for: creates nothing, and says so after as long
// as a real one took. Usage: stub-kratos.mjs [MILLISECONDS A BATCH OF 500 [BATCHES AT ONCE]]
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerMails } from './stub-mails.mjs';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dist/dev/servers/demo-schema.js';

const BATCH = 500;
const msABatch = Number(process.argv[2] ?? 0);
/** Batches that begin now; others wait for the end of one. */
let free = Number(process.argv[3] ?? Infinity);
/** @type {(() => void)[]} */
const waiting = [];
const server = createServer((request, response) => void answer(request, response));

async function answer(
  /** @type {import('node:http').IncomingMessage} */ request,
  /** @type {import('node:http').ServerResponse} */ response,
) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const say = (/** @type {unknown} */ json) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  };
  const { method = 'GET', url = '/' } = request;
  const ofMails = answerMails(method, new URL(url, 'http://127.0.0.1'));
  if (ofMails !== undefined) say(ofMails);
  else if (request.url?.startsWith('/schemas')) say([{ id: DEMO_SCHEMA_ID, schema: demoSchema }]);
  else if (request.method === 'PATCH') {
    const { identities } = JSON.parse(Buffer.concat(parts).toString('utf8'));
    await inTurn(() => sleep((msABatch * identities.length) / BATCH));
    say({ identities: identities.map(() => ({ action: 'create', identity: randomUUID() })) });
  } else say(request.url?.includes('/health/') ? { status: 'ok' } : []);
}

async function inTurn(/** @type {() => Promise<unknown>} */ work) {
  if (free > 0) free--;
  else await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  await work();
  const next = waiting.shift();
  if (next) next();
  else free++;
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}`);
});
