import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { KratosError } from '../../../src/kratos/kratos.js';
import { createKratos } from '../../../src/kratos/ory-kratos.js';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** The adapter, in front of a server that gives the test's answer. */
async function kratosAnswering(answer: Answer) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const adminUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { kratos: createKratos({ adminUrl }), server };
}

function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const identity: NewIdentity = {
  schemaId: 'default',
  traits: { email: 'ann@example.com' },
  metadataAdmin: {},
  state: 'active',
  hashedPassword: '',
  verifiedEmails: [],
};

/** The details of the error that a request ends with. */
async function failure(request: Promise<unknown>): Promise<KratosError['details']> {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown as KratosError,
  );
  if (!error) throw new Error('nothing was thrown');
  return { ...error.details, kind: error.kind } as KratosError['details'];
}

describe('a user who is found', () => {
  it('has its fields by the names under which a patch finds them', async () => {
    const stored = {
      id: 'id-1',
      schema_id: 'default',
      traits: { email: 'ann@example.com' },
      state: 'inactive',
      external_id: 'e-1',
      metadata_public: null,
      metadata_admin: { a: 1 },
      credentials: {},
    };
    const { kratos } = await kratosAnswering((request, response) => {
      expect(request.url).toBe('/admin/identities?credentials_identifier=ann%40example.com');
      json(response, 200, [stored]);
    });
    expect(await kratos.findByIdentifier('ann@example.com')).toEqual({
      id: 'id-1',
      schemaId: 'default',
      fields: {
        traits: { email: 'ann@example.com' },
        metadata_public: null,
        metadata_admin: { a: 1 },
        external_id: 'e-1',
        state: 'inactive',
      },
    });
  });

  it('has no external id where this Kratos knows none', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, [{ id: 'id-1', traits: {}, state: 'active' }]),
    );
    const found = await kratos.findByIdentifier('ann@example.com');
    expect(Object.keys(found!.fields)).not.toContain('external_id');
  });

  it('is undefined when the list is empty', async () => {
    const { kratos } = await kratosAnswering((_request, response) => json(response, 200, []));
    expect(await kratos.findByIdentifier('ann@example.com')).toBeUndefined();
  });
});

describe('a change', () => {
  it('is sent as the JSON Patch that it is', async () => {
    let sent: unknown;
    const { kratos } = await kratosAnswering((request, response, body) => {
      sent = [request.method, request.url, JSON.parse(body)];
      json(response, 200, { id: 'id-1' });
    });
    const patch = [{ op: 'add' as const, path: '/traits/role', value: 'user' }];
    await kratos.update('id-1', patch);
    expect(sent).toEqual(['PATCH', '/admin/identities/id-1', patch]);
  });

  it('that Kratos refuses carries its status and reason', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 409, { error: { code: 409, reason: 'exists' } }),
    );
    expect(await failure(kratos.update('id-1', []))).toEqual({
      kind: 'refused',
      status: 409,
      reason: 'exists',
    });
  });
});

describe('a request whose answer', () => {
  it('cannot come, since no server listens, was not carried out', async () => {
    const { kratos, server } = await kratosAnswering(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(kratos.createBatch([identity]))).toMatchObject({
      kind: 'unavailable',
      answerLost: false,
    });
  });

  it('breaks off may have been carried out', async () => {
    const { kratos } = await kratosAnswering((request) => request.socket.destroy());
    expect(await failure(kratos.createBatch([identity]))).toMatchObject({
      kind: 'unavailable',
      answerLost: true,
    });
  });

  it('breaks off in the middle may have been carried out', async () => {
    const { kratos } = await kratosAnswering((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"identities":[');
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(await failure(kratos.createBatch([identity]))).toMatchObject({
      kind: 'unavailable',
      answerLost: true,
    });
  });

  it('is for fewer identities than were sent may have been carried out', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, { identities: [] }),
    );
    expect(await failure(kratos.createBatch([identity]))).toEqual({
      kind: 'broken',
      answerLost: true,
    });
  });

  it('asks for less was not carried out, and says when to come again', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 429, { error: { code: 429 } }, { 'x-ratelimit-reset': '3' }),
    );
    expect(await failure(kratos.createBatch([identity]))).toEqual({
      kind: 'unavailable',
      status: 429,
      overloaded: true,
      answerLost: false,
      retryAfterMs: 3000,
    });
  });
});

describe('the answers of a batch', () => {
  it('are distinguished: created, in conflict, refused', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, {
        identities: [
          { action: 'create', identity: 'id-1' },
          { action: 'error', error: { code: 409, reason: 'exists' } },
          { action: 'error', error: { code: 400, reason: 'schema' } },
          { action: 'error', error: { code: 400, message: 'v1.3.1' } },
        ],
      }),
    );
    expect(await kratos.createBatch(Array<NewIdentity>(4).fill(identity))).toEqual([
      { kind: 'created', id: 'id-1' },
      { kind: 'conflict' },
      { kind: 'refused', status: 400, reason: 'schema' },
      { kind: 'refused', status: 400, reason: 'v1.3.1' },
    ]);
  });
});

describe('whether recovery is switched on', () => {
  it('is not known where the schemas, beside which it is served, are not answered', async () => {
    const { kratos } = await kratosAnswering((request, response) =>
      request.url?.startsWith('/schemas') === true
        ? json(response, 503, {})
        : json(response, 404, { error: { code: 404, reason: 'no such identity' } }),
    );
    expect(await failure(kratos.recoveryIsOff('link'))).toMatchObject({
      kind: 'unavailable',
      status: 503,
    });
  });
});
