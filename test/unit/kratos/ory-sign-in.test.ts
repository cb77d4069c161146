import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSignIns } from '../../../src/kratos/ory-sign-in.js';

interface Answer {
  status: number;
  body: unknown;
}

/** The adapter, in front of a server that answers a login, or a logout, so. */
async function signInsAnswered(login: Answer, logout: Answer = { status: 204, body: '' }) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const route = `${request.method} ${new URL(request.url!, 'http://kratos').pathname}`;
      seen.push(`${route} ${Buffer.concat(parts).toString()}`.trim());
      const answers: Record<string, Answer> = {
        'GET /schemas': { status: 200, body: [] },
        'GET /self-service/login/api': { status: 200, body: { id: 'flow-1', ui: { nodes: [] } } },
        'POST /self-service/login': login,
        'DELETE /self-service/logout/api': logout,
      };
      const { status, body } = answers[route]!;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 204 ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const adminUrl = 'http://127.0.0.1:9';
  return { signIns: createSignIns({ adminUrl, adminToken: 'token', publicUrl }), seen };
}

const session = { id: 'session-1', identity: { id: 'identity-1' } };
const form = (id: number) => ({ id: 'flow-1', ui: { nodes: [], messages: [{ id }] } });

describe('a sign-in', () => {
  it.each<[what: string, status: number, body: unknown, answer: object]>([
    [
      'that a password is enough for',
      200,
      { session, session_token: 'ory_st_1' },
      { kind: 'signed_in', token: 'ory_st_1' },
    ],
    [
      'that wants a second factor, for which Kratos leaves the identity out',
      200,
      { session: { id: 'session-1' }, session_token: 'ory_st_1' },
      { kind: 'other', token: 'ory_st_1' },
    ],
    ['with a wrong password', 400, form(4000006), { kind: 'wrong' }],
    ['with an address that has to be verified first', 400, form(4000010), { kind: 'other' }],
    ['of a blocked user', 401, { error: { code: 401 } }, { kind: 'other' }],
    ['that goes on in a browser', 422, { error: { code: 422 } }, { kind: 'other' }],
  ])('%s', async (_, status, body, answer) => {
    const { signIns } = await signInsAnswered({ status, body });
    expect(await signIns.signIn('ann@example.com', 'secret')).toEqual(answer);
  });

  it.each<[what: string, status: number, body: unknown, kind: string]>([
    ['nothing of Kratos’s', 200, { ok: true }, 'unavailable'],
    ['that there are too many', 429, { error: { code: 429 } }, 'unavailable'],
    ['a fault of its own', 500, { error: { code: 500 } }, 'broken'],
  ])('is not known when the answer is %s', async (_, status, body, kind) => {
    const { signIns } = await signInsAnswered({ status, body });
    const request = signIns.signIn('ann@example.com', 'secret');
    await expect(request).rejects.toMatchObject({ kind });
    await expect(request).rejects.not.toThrow(/ann|secret/);
  });
});

describe('a session', () => {
  it('is ended by its token', async () => {
    const { signIns, seen } = await signInsAnswered({ status: 200, body: {} });
    await signIns.signOut('ory_st_1');
    expect(seen.at(-1)).toBe('DELETE /self-service/logout/api {"session_token":"ory_st_1"}');
  });

  it('is not taken for ended when something else answers', async () => {
    const { signIns } = await signInsAnswered({ status: 200, body: {} }, { status: 200, body: {} });
    await expect(signIns.signOut('ory_st_1')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
