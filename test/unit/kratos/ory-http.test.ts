import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKratos } from '../../../src/kratos/ory-kratos.js';

afterEach(() => vi.unstubAllEnvs());

/** A server that answers with no identity, and what it was asked. */
async function listening(answer?: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: IncomingMessage[] = [];
  const connects: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    if (answer) answer(request, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  server.on('connect', (request: IncomingMessage, socket) => {
    connects.push(request);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, connects };
}

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

describe('the token', () => {
  it('is handed to no proxy that the environment names', async () => {
    const kratos = await listening();
    const proxy = await listening();
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
      vi.stubEnv(name, `http://${proxy.host}`);
      vi.stubEnv(name.toLowerCase(), `http://${proxy.host}`);
    }
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('no_proxy', '');
    await createKratos({ adminUrl: `http://${kratos.host}`, adminToken: 't' }).checkToken();
    await createKratos({ adminUrl: `https://${kratos.host}`, adminToken: 't' })
      .checkToken()
      .catch(() => undefined);
    expect(kratos.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer t']);
    expect([...proxy.asked, ...proxy.connects]).toEqual([]);
  });

  it('goes by the proxy of the settings, which gets its own login', async () => {
    const proxy = await listening();
    const proxyUrl = `http://user:p%40ss@${proxy.host}`;
    const adminUrl = 'http://kratos.example.com:4434';
    await createKratos({ adminUrl, adminToken: 't', proxyUrl }).checkToken();
    const { url, headers } = proxy.asked[0]!;
    expect(url).toBe(`${adminUrl}/admin/identities?page_size=1`);
    expect(headers.authorization).toBe('Bearer t');
    expect(headers['proxy-authorization']).toBe(basic('user:p@ss'));
  });

  it('is not seen by the proxy on the way to https', async () => {
    const proxy = await listening();
    const adminUrl = 'https://kratos.example.com';
    const proxyUrl = `http://${proxy.host}`;
    const asked = createKratos({ adminUrl, adminToken: 't', proxyUrl }).checkToken();
    await expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
    expect(proxy.asked).toEqual([]);
    expect(proxy.connects.map(({ url }) => url)).toEqual(['kratos.example.com:443']);
    expect(proxy.connects[0]!.headers.authorization).toBeUndefined();
  });
});

describe('a login in the admin URL', () => {
  it('goes to Kratos, and is in no error', async () => {
    const kratos = await listening((_request, response) => response.writeHead(403).end('no'));
    const adminUrl = `http://Zq9user:Zq9%3Apass@${kratos.host}/`;
    const error: unknown = await createKratos({ adminUrl })
      .checkToken()
      .catch((thrown: unknown) => thrown);
    expect(kratos.asked[0]!.headers.authorization).toBe(basic('Zq9user:Zq9:pass'));
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).toContain('list identities');
    expect(shown).not.toContain('Zq9');
    expect(shown).not.toContain(basic('Zq9user:Zq9:pass'));
  });

  it('does not follow a redirect to another origin', async () => {
    const other = await listening((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
    );
    const kratos = await listening((_request, response) =>
      response.writeHead(307, { location: `http://${other.host}/schemas` }).end(),
    );
    await createKratos({ adminUrl: `http://user:pass@${kratos.host}` }).schemas();
    expect(kratos.asked[0]!.headers.authorization).toBe(basic('user:pass'));
    expect(other.asked[0]!.headers.authorization).toBeUndefined();
  });
});
