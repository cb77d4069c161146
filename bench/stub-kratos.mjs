// Kratos's admin endpoints for measurements of the worker alone: creates nothing and says that it did.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { DEMO_SCHEMA_ID, demoSchema } from '../dist/src/servers/demo-schema.js';

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
  if (request.url?.startsWith('/schemas')) say([{ id: DEMO_SCHEMA_ID, schema: demoSchema }]);
  else if (request.method === 'PATCH') {
    const { identities } = JSON.parse(Buffer.concat(parts).toString('utf8'));
    say({
      identities: identities.map(() => ({ action: 'create', identity: randomUUID() })),
    });
  } else say(request.url?.includes('/health/') ? { status: 'ok' } : []);
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}`);
});
