/** What the adapter sends and reads of sign-ins, and how it finds out what Kratos takes. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { IdentityPart, Kratos } from '../../../src/kratos/kratos.js';
import { createKratos } from '../../../src/kratos/ory-kratos.js';

interface Server {
  kratos: Kratos;
  /** The bodies that it got. */
  bodies: string[];
}

async function kratosAnswering(
  answer: (url: string, body: string) => [status: number, json: unknown],
): Promise<Server> {
  const bodies: string[] = [];
  const say = (response: ServerResponse, [status, json]: [number, unknown]): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  };
  const server = createServer((request, response) => {
    void request
      .setEncoding('utf8')
      .toArray()
      .then((parts) => {
        bodies.push(parts.join(''));
        say(response, answer(request.url!, bodies.at(-1)!));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const adminUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { kratos: createKratos({ adminUrl }), bodies };
}

describe('credentials', () => {
  const sent = async (more: Partial<NewIdentity>): Promise<unknown> => {
    const created = { identities: [{ action: 'create', identity: 'id-1' }] };
    const { kratos, bodies } = await kratosAnswering(() => [200, created]);
    await kratos.createBatch([
      {
        schemaId: 'default',
        traits: { email: 'ann@example.com' },
        metadataAdmin: {},
        state: 'active',
        verifiedEmails: [],
        ...more,
      },
    ]);
    type Body = { identities: { create: Record<string, unknown> }[] };
    const { credentials, organization_id } = (JSON.parse(bodies[0]!) as Body).identities[0]!.create;
    return { credentials, organization_id };
  };
  const signIn = { provider: 'google', subject: '1' };
  const passkeys = { user_handle: 'YQ==', credentials: [{ id: 'YQ==' }] };

  it.each<[more: Partial<NewIdentity>, credentials: object | undefined]>([
    [{}, undefined],
    [{ hashedPassword: 'hash' }, { password: { config: { hashed_password: 'hash' } } }],
    [{ passwordHook: true }, { password: { config: { use_password_migration_hook: true } } }],
    [{ signIns: [signIn] }, { oidc: { config: { providers: [signIn] } } }],
    [{ samlSignIns: [signIn] }, { saml: { config: { providers: [signIn] } } }],
    [{ totpUrl: 'otpauth:' }, { totp: { config: { totp_url: 'otpauth:' } } }],
    [
      { lookupCodes: ['a', 'b'] },
      { lookup_secret: { config: { codes: [{ code: 'a' }, { code: 'b' }] } } },
    ],
    [{ passkeys }, { passkey: { config: passkeys } }],
  ])(
    'are sent as Kratos takes them, and only those that there are: %j',
    async (more, credentials) => {
      expect(await sent(more)).toEqual({ credentials, organization_id: undefined });
    },
  );

  it('leave room for an organization', async () => {
    expect(await sent({ organizationId: 'o-1' })).toMatchObject({ organization_id: 'o-1' });
  });

  it('elsewhere are read by provider and subject', async () => {
    const credentials = {
      oidc: { identifiers: ['google:1', 'github:x:2'] },
      saml: { identifiers: ['okta:3'] },
      totp: { identifiers: ['id-1'] },
      // Of a user who removed the last one.
      passkey: null,
    };
    const { kratos } = await kratosAnswering(() => [200, { id: 'id-1', traits: {}, credentials }]);
    expect(await kratos.get('id-1')).toMatchObject({
      signIns: ['oidc google:1', 'oidc github:x:2', 'saml okta:3'],
      otherCredentials: ['totp'],
    });
  });

  it('elsewhere are not believed in another shape', async () => {
    const credentials = { oidc: { identifiers: [7] } };
    const { kratos } = await kratosAnswering(() => [200, { id: 'id-1', traits: {}, credentials }]);
    await expect(kratos.get('id-1')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('what Kratos takes', () => {
  const PARTS: IdentityPart[] = [
    ...(['external_id', 'organization_id', 'saml', 'totp', 'lookup_secret', 'passkey'] as const),
  ];
  const unknownField = (field: string) => ({
    error: { code: 500, message: `json: unknown field "${field}"` },
  });

  it.each(PARTS)('is found out without creating anybody: %s', async (part) => {
    const absent = { error: { code: 400, reason: 'Unable to find JSON Schema ID' } };
    const { kratos, bodies } = await kratosAnswering(() => [
      200,
      { identities: [{ action: 'error', ...absent }] },
    ]);
    expect(await kratos.supports(part)).toBe(true);
    expect(bodies[0]).toContain('"schema_id":"kratos-user-import-probe"');
    expect(bodies[0]).toContain(`"${part}"`);
    const older = await kratosAnswering(() => [400, unknownField(part)]);
    expect(await older.kratos.supports(part)).toBe(false);
    // Known, but not as it was sent.
    const other = { error: { code: 400, reason: `${part} requires a value` } };
    const later = await kratosAnswering(() => [400, other]);
    expect(await later.kratos.supports(part)).toBe(true);
  });
});

describe('the providers of sign-ins', () => {
  const node = (group: string, name: string, value?: string) => ({
    group,
    attributes: { name, value },
  });
  const LOGIN = {
    id: 'flow-1',
    ui: {
      nodes: [
        node('default', 'csrf_token', 'x'),
        node('oidc', 'provider', 'google'),
        node('oidc', 'provider', 'my.github'),
        node('password', 'method', 'password'),
        { group: 'passkey', attributes: {} },
      ],
    },
  };
  const providers = async (status: number, login: unknown): Promise<string[] | undefined> => {
    const { kratos } = await kratosAnswering((url) =>
      url.startsWith('/schemas') ? [200, [{ id: 'a', schema: {} }]] : [status, login],
    );
    return kratos.signInProviders();
  };

  it('are those of the login page', async () => {
    expect(await providers(200, LOGIN)).toEqual(['google', 'my.github']);
    expect(await providers(200, { id: 'flow-1', ui: { nodes: [] } })).toEqual([]);
  });

  it.each([
    [200, { id: 'flow-1' }],
    [200, { id: 'flow-1', ui: { nodes: 'none' } }],
    [200, 'Welcome'],
    [403, { message: 'no programs' }],
    [404, { error: { code: 404, message: 'not found' } }],
    [500, { error: { code: 500, message: 'broken' } }],
  ])('are not known where it cannot be read: %d, %j', async (status, login) => {
    expect(await providers(status, login)).toBeUndefined();
  });

  it('are asked for again where it is away for a while', async () => {
    await expect(providers(503, {})).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
