import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { KratosError, type Kratos } from '../../../src/kratos/kratos.js';
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
      state_changed_at: '2026-11-02T10:00:00Z',
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
      stateChangedAt: '2026-11-02T10:00:00Z',
    });
  });

  it('has no external id where this Kratos knows none', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, [{ id: 'id-1', traits: {}, state: 'active' }]),
    );
    const found = await kratos.findByIdentifier('ann@example.com');
    expect(Object.keys(found!.fields)).not.toContain('external_id');
  });

  it('is found by an external id, whatever is in it', async () => {
    const { kratos } = await kratosAnswering((request, response) => {
      expect(request.url).toBe('/admin/identities/by/external/a%2Fb%20%3Fc');
      json(response, 200, { id: 'id-1', traits: {}, state: 'active', external_id: 'a/b ?c' });
    });
    expect(await kratos.findByExternalId('a/b ?c')).toMatchObject({ id: 'id-1' });
  });

  it('is undefined when Kratos has no such external id', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 404, { error: { code: 404, message: 'not found' } }),
    );
    expect(await kratos.findByExternalId('e-1')).toBeUndefined();
  });

  it('is another one when the answer has another external id: then it is not Kratos’s', async () => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, { id: 'id-1', traits: {}, state: 'active', external_id: 'e-2' }),
    );
    expect(await failure(kratos.findByExternalId('e-1'))).toMatchObject({ kind: 'unavailable' });
  });

  it.each(['.', '..', '/', 'a/', 'a/../b'])(
    'is not asked for by an external id that leads elsewhere: %s',
    async (externalId) => {
      const { kratos } = await kratosAnswering(() => {
        throw new Error('was asked');
      });
      expect(await kratos.findByExternalId(externalId)).toBeUndefined();
    },
  );

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
      json(response, 200, { id: 'id-1', traits: {} });
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

describe('a user who is read', () => {
  const read = async (more: object) => {
    const { kratos } = await kratosAnswering((_request, response) =>
      json(response, 200, { id: 'id-1', traits: {}, ...more }),
    );
    return kratos.get('id-1');
  };

  it.each([
    { credentials: null },
    { credentials: { password: null, totp: null } },
    { credentials: { password: { config: null }, webauthn: { config: { credentials: null } } } },
    { credentials: { password: { config: { hashed_password: null } } } },
    { verifiable_addresses: null },
    { verifiable_addresses: [null] },
  ])('has nothing where Kratos gives null: %j', async (more) => {
    expect(await read(more)).toMatchObject({
      passwordHash: undefined,
      signIns: [],
      otherCredentials: [],
      verifiedAddresses: [],
    });
  });

  it.each([
    { credentials: 'x' },
    { credentials: { password: 1 } },
    { credentials: { password: { config: { hashed_password: 7 } } } },
    { credentials: { webauthn: { config: { credentials: {} } } } },
    { verifiable_addresses: {} },
    { verifiable_addresses: [{ value: 1, verified: true }] },
  ])('is not believed in another shape: %j', async (more) => {
    await expect(read(more)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('users who are listed with their credentials', () => {
  const list = async (...users: object[]) => {
    let url = '';
    const { kratos } = await kratosAnswering((request, response) => {
      url = request.url ?? '';
      json(response, 200, users);
    });
    return { users: await kratos.getListed(['id-1', 'id-2']), url };
  };
  const user = { id: 'id-1', schema_id: 'default', traits: {} };

  it('are as they are when each is read alone', async () => {
    const password = { config: { hashed_password: '$2a$x' } };
    const oidc = { identifiers: ['google:1'] };
    const { users, url } = await list({ ...user, credentials: { password, oidc } });
    expect(users).toMatchObject([
      { id: 'id-1', passwordHash: '$2a$x', signIns: ['oidc google:1'] },
    ]);
    const asked = new URL(url, 'http://kratos').searchParams;
    expect(asked.getAll('ids')).toEqual(['id-1', 'id-2']);
    expect(asked.getAll('include_credential')).toEqual(['password', 'webauthn']);
    expect(asked.get('consistency')).toBe('strong');
  });

  it.each([
    {},
    { credentials: null },
    { credentials: { password: {} } },
    { credentials: { password: { config: {} }, webauthn: { config: null } } },
  ])('are left out where the list does not show what they have: %j', async (more) => {
    expect((await list({ ...user, ...more })).users).toEqual([]);
  });
});

describe('the sessions of a user', () => {
  const ID = '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11';
  const LIST = `/admin/identities/${ID}/sessions?page_size=250&active=true`;

  /** Kratos with these active sessions, of which it lists three at once. */
  async function withSessions(ids: string[], end: (id: string) => number) {
    const active = new Set(ids);
    const asked: string[] = [];
    const { kratos } = await kratosAnswering((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.method === 'GET') {
        return json(
          response,
          200,
          [...active].slice(0, 3).map((id) => ({ id })),
        );
      }
      const id = request.url!.split('/').at(-1)!;
      const status = end(id);
      if (status !== 404) active.delete(id);
      if (status === 204) response.writeHead(204).end();
      else json(response, status, { error: { code: status, message: 'no' } });
    });
    return { kratos, active, asked };
  }

  it('are ended one by one, page after page, and none is deleted', async () => {
    const { kratos, active, asked } = await withSessions(['s1', 's2', 's3', 's4'], () => 204);
    await kratos.revokeSessions(ID);
    expect(active.size).toBe(0);
    const end = (id: string) => `DELETE /admin/sessions/${id}`;
    expect(asked).toEqual([
      ...[`GET ${LIST}`, end('s1'), end('s2'), end('s3')],
      ...[`GET ${LIST}`, end('s4'), `GET ${LIST}`],
    ]);
  });

  it('may end by themselves meanwhile', async () => {
    const { kratos, active } = await withSessions(['s1', 's2'], (id) => {
      if (id === 's1') active.delete(id);
      return id === 's1' ? 404 : 204;
    });
    await kratos.revokeSessions(ID);
    expect(active.size).toBe(0);
  });

  it('are not ended because something in front of Kratos says that they are not there', async () => {
    const { kratos } = await withSessions(['s1'], () => 404);
    expect(await failure(kratos.revokeSessions(ID))).toMatchObject({ kind: 'unavailable' });
  });

  it('stay where Kratos refuses to end them', async () => {
    const { kratos } = await withSessions(['s1'], () => 400);
    expect(await failure(kratos.revokeSessions(ID))).toMatchObject({ kind: 'refused' });
  });
});

describe('an answer that is not Kratos’s', () => {
  const ID = '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11';
  const OPERATIONS: Record<string, (kratos: Kratos) => Promise<unknown>> = {
    ready: (kratos) => kratos.ready(),
    checkToken: (kratos) => kratos.checkToken(),
    supports: (kratos) => kratos.supports('external_id'),
    schemas: (kratos) => kratos.schemas(),
    createBatch: (kratos) => kratos.createBatch([identity]),
    storedIds: (kratos) => kratos.storedIds([ID]),
    findByIdentifier: (kratos) => kratos.findByIdentifier('ann@example.com'),
    findByIds: (kratos) => kratos.findByIds([ID]),
    listPage: (kratos) => kratos.listPage(),
    get: (kratos) => kratos.get(ID),
    recoveryIsOff: (kratos) => kratos.recoveryIsOff('link'),
    createRecovery: (kratos) => kratos.createRecovery(ID, 'code', '1h'),
    update: (kratos) => kratos.update(ID, []),
    swapPassword: (kratos) => kratos.swapPassword(ID, { from: 'a', to: 'b' }),
    hasSessions: (kratos) => kratos.hasSessions(ID),
    revokeSessions: (kratos) => kratos.revokeSessions(ID),
    remove: (kratos) => kratos.remove(ID),
  };
  type Gateway = [what: string, kind: KratosError['kind'], answer: (to: ServerResponse) => void];
  const GATEWAYS: Gateway[] = [
    ['nothing', 'unavailable', (to) => to.writeHead(200).end()],
    ['a page', 'unavailable', (to) => to.writeHead(200, PAGE).end('<html>Welcome</html>')],
    ['other JSON', 'unavailable', (to) => json(to, 200, { message: 'ok', identities: 'none' })],
    ['a list of something else', 'unavailable', (to) => json(to, 200, [{ name: 'x' }])],
    ['another identity', 'unavailable', (to) => json(to, 200, { id: 'id-2', traits: {} })],
    ['an error with 200', 'unavailable', (to) => json(to, 200, { error: { code: 404 } })],
    ['a redirect', 'unauthorized', (to) => to.writeHead(302, { location: '/login' }).end()],
    ['a redirect', 'unauthorized', (to) => to.writeHead(307, { location: 'https://login' }).end()],
    ['a plain 404', 'blocked', (to) => to.writeHead(404).end('404 page not found')],
    ['a 404 in JSON', 'blocked', (to) => json(to, 404, { message: 'no Route matched' })],
    ['a page with 409', 'blocked', (to) => to.writeHead(409, PAGE).end('<html>Conflict</html>')],
  ];
  const PAGE = { 'content-type': 'text/html' };

  it.each(
    Object.keys(OPERATIONS).flatMap((name) =>
      GATEWAYS.map(([what, kind, answer]) => [name, what, kind, answer] as const),
    ),
  )('says nothing to %s: %s is %s', async (name, _what, kind, answer) => {
    const { kratos } = await kratosAnswering((request, response) => {
      // The schemas are read where the port redirects to: here the end of the way is asked for.
      if (name === 'schemas' && request.url === '/login') response.writeHead(302).end();
      else answer(response);
    });
    const thrown = await OPERATIONS[name]!(kratos).then(
      (value) => ({ value }),
      (error: unknown) => error as KratosError,
    );
    expect(thrown).toBeInstanceOf(KratosError);
    const { kind: got, message } = thrown as KratosError;
    // A redirect of the schemas is followed, here to nowhere.
    if (name !== 'schemas' || kind !== 'unauthorized') expect(got).toBe(kind);
    expect(message).not.toMatch(/Welcome|Route|page not found|Conflict</);
  });

  const NOT_FOUND = { error: { code: 404, status: 'Not Found', message: 'no rule matches' } };

  it.each([
    ...['checkToken', 'supports', 'schemas', 'createBatch', 'storedIds'],
    ...['findByIdentifier', 'findByIds', 'listPage'],
  ])('is not Kratos’s 404, though in Ory’s form, where every Kratos has it: %s', async (name) => {
    const { kratos } = await kratosAnswering((_, response) => json(response, 404, NOT_FOUND));
    expect(await failure(OPERATIONS[name]!(kratos))).toMatchObject({ kind: 'blocked' });
  });

  it.each(['get', 'hasSessions', 'revokeSessions', 'remove', 'update'])(
    'is no absence, though in Ory’s form, where the list has the user: %s',
    async (name) => {
      let isListed = true;
      const { kratos } = await kratosAnswering((request, response) => {
        const isList = request.method === 'GET' && /[?&]ids=/.test(request.url ?? '');
        if (!isList) json(response, 404, NOT_FOUND);
        else json(response, 200, isListed ? [{ id: ID, traits: {} }] : []);
      });
      expect(await failure(OPERATIONS[name]!(kratos))).toMatchObject({ kind: 'unavailable' });
      isListed = false;
      const absent = await OPERATIONS[name]!(kratos).catch((error: unknown) => error);
      if (name === 'update') expect(absent).toMatchObject({ kind: 'refused' });
      else expect(absent).toBe(/^(get|revokeSessions)$/.test(name) ? undefined : false);
    },
  );

  it('is not followed: a redirect would make a GET of a deletion', async () => {
    const asked: (string | undefined)[] = [];
    const { kratos } = await kratosAnswering((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(kratos.remove(ID)).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(asked).toEqual([`DELETE /admin/identities/${ID}`]);
  });

  it('does not stand for a readiness that the admin port serves below its prefix', async () => {
    const { kratos } = await kratosAnswering((request, response) =>
      request.url === '/health/ready'
        ? response.writeHead(307, { location: '/admin/health/ready' }).end()
        : json(response, 200, { status: 'ok' }),
    );
    await expect(kratos.ready()).resolves.toBeUndefined();
  });
});
