/**
 * Kratos's admin endpoints played by a local server: for sizes that a real Kratos would need an hour for, and for
 * faults that it cannot be made to have. It keeps addresses only.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Patch {
  create: { traits: { email: string } };
}

export interface StubKratos {
  url: string;
  /** Requests that wanted to create, and the identities that they asked for. */
  creates: { requests: number; identities: number };
  /** While set, every admin request is answered with this status. */
  status?: number;
  close(): Promise<void>;
}

export async function startStubKratos(schemaId: string, schema: object): Promise<StubKratos> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: StubKratos = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    creates: { requests: 0, identities: 0 },
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', stub.url).pathname;
    const body = await readBody(request);
    const say = (status: number, json: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    if (path === '/schemas') say(200, [{ id: schemaId, schema }]);
    else if (stub.status !== undefined) say(stub.status, { error: { code: stub.status } });
    else if (path.endsWith('/health/ready')) say(200, { status: 'ok' });
    else if (request.method === 'PATCH') {
      const { identities } = JSON.parse(body) as { identities: Patch[] };
      stub.creates.requests++;
      stub.creates.identities += identities.length;
      say(200, {
        identities: identities.map(() => ({ action: 'create', identity: randomUUID() })),
      });
    } else say(200, []);
  };
  return stub;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
