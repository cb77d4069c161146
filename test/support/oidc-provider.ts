/** A provider of social sign-ins (OpenID Connect) on this machine: whoever comes to it is the account that a test names. */
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CLIENT_ID = 'kratos';
const KEY_ID = 'key-1';

export interface OidcProvider {
  /** Its entry in Kratos's configuration. */
  config(id: string): object;
  /** The account of the next person who comes. */
  account: { subject: string; email: string };
  close(): Promise<void>;
}

/** Takes the address from the provider for people who register. */
const MAPPER = `local claims = std.extVar('claims'); { identity: { traits: { email: claims.email } } }`;

export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const nonces = new Map<string, string | null>();
  let origin = '';
  const provider = { account: { subject: '', email: '' } };

  const idToken = (nonce: string | null): string => {
    const now = Math.floor(Date.now() / 1000);
    const { subject: sub, email } = provider.account;
    const claims = { iss: origin, aud: CLIENT_ID, iat: now, exp: now + 300, sub, email, nonce };
    const parts = [{ alg: 'RS256', typ: 'JWT', kid: KEY_ID }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signed = createSign('RSA-SHA256').update(parts.join('.')).sign(privateKey, 'base64url');
    return [...parts, signed].join('.');
  };

  const pages: Record<string, (url: URL, body: URLSearchParams) => object | URL> = {
    '/.well-known/openid-configuration': () => ({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/keys': () => ({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }],
    }),
    '/authorize': ({ searchParams }) => {
      const code = randomUUID();
      nonces.set(code, searchParams.get('nonce'));
      const back = new URL(searchParams.get('redirect_uri')!);
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state')!);
      return back;
    },
    '/token': (_, body) => ({
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken(nonces.get(body.get('code')!) ?? null),
    }),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, origin);
    const body = new URLSearchParams((await request.setEncoding('utf8').toArray()).join(''));
    const page = pages[url.pathname]?.(url, body);
    if (page instanceof URL) response.writeHead(302, { location: page.href }).end();
    else if (page)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
    else response.writeHead(404).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(provider, {
    config: (id: string) => ({
      id,
      provider: 'generic',
      issuer_url: origin,
      client_id: CLIENT_ID,
      client_secret: 'secret',
      scope: ['openid', 'email'],
      mapper_url: `base64://${Buffer.from(MAPPER).toString('base64')}`,
    }),
    close: () =>
      new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  });
}
