/**
 * Kratos's admin endpoints played by a local server: for sizes that a real Kratos would need an hour for, and for
 * faults that it cannot be made to have. It keeps what it creates, lists it, and changes nothing.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Patch {
  create: { schema_id: string; traits: { email: string } };
}

export interface StubKratos {
  url: string;
  /** Requests that wanted to create, and the identities that they asked for. */
  creates: { requests: number; identities: number };
  /** All requests since somebody emptied it, but for schemas and health. */
  requests: ('list' | 'find' | 'get' | 'write')[];
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
    requests: [],
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };

  /** As they are listed, in the order in which they were created. */
  const users: string[] = [];
  const places = new Map<string, number>();

  const create = ({ create: wanted }: Patch): object => {
    const id = randomUUID();
    if (wanted.schema_id === schemaId) {
      const place = users.push(JSON.stringify({ state: 'active', ...wanted, id })) - 1;
      places.set(id, place).set(wanted.traits.email.toLowerCase(), place);
    }
    return { action: 'create', identity: id };
  };

  const list = (query: URLSearchParams, response: ServerResponse): void => {
    const named = [...query.getAll('ids'), ...query.getAll('credentials_identifier')];
    stub.requests.push(named.length > 0 ? 'find' : 'list');
    const [from, size] = [Number(query.get('page_token') ?? 0), Number(query.get('page_size'))];
    const known = named.flatMap((name) => places.get(name.toLowerCase()) ?? []);
    const shown =
      named.length > 0 ? known.map((place) => users[place]) : users.slice(from, from + size);
    const next = `/admin/identities?page_size=${size}&page_token=${from + size}`;
    const link = named.length === 0 && from + size < users.length ? `<${next}>; rel="next"` : '';
    response.writeHead(200, { 'content-type': 'application/json', ...(link && { link }) });
    response.end(`[${shown.join(',')}]`);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', stub.url);
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
      stub.requests.push('write');
      say(200, { identities: identities.map(create) });
    } else if (path === '/admin/identities') list(searchParams, response);
    else {
      stub.requests.push(request.method === 'GET' ? 'get' : 'write');
      say(200, []);
    }
  };
  return stub;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
