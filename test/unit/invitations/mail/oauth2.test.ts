import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { lastingMailProblem } from '../../../../src/invitations/preflight.js';
import { MailError, type Mailer } from '../../../../src/invitations/mail/mailer.js';
import {
  oauth2Problems,
  oauth2SettingsOf,
  tokenUrl,
} from '../../../../src/invitations/mail/oauth2-settings.js';
import { smtpLines } from '../../../../src/invitations/mail/smtp-lines.js';
import { createSmtpMailer } from '../../../../src/invitations/mail/smtp-mailer.js';
import { startMailServer, type MailServer } from '../../../support/mail-server.js';

const USER = 'no-reply@example.com';
const MAIL = {
  to: 'alice@example.com',
  messageId: '<1@example.com>',
  subject: 'Hello',
  text: 'Hello',
};

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface TokenEndpoint {
  url: string;
  /** The bodies of the requests. */
  asked: URLSearchParams[];
  /** Answers a request; by default with the next token. */
  answer: (response: ServerResponse, request: IncomingMessage) => void;
  lifeSeconds: number;
}

/** A token endpoint over HTTP; each of its tokens, `token-1` and so on, opens the mail server. */
async function startEndpoint(tokens: Set<string>): Promise<TokenEndpoint> {
  const endpoint: TokenEndpoint = {
    url: '',
    asked: [],
    lifeSeconds: 3600,
    answer: (response) => {
      const token = `token-${endpoint.asked.length}`;
      tokens.add(token);
      json(response, 200, { access_token: token, expires_in: endpoint.lifeSeconds });
    },
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      endpoint.asked.push(new URLSearchParams(body));
      endpoint.answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return endpoint;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Started {
  server: MailServer;
  endpoint: TokenEndpoint;
  tokens: Set<string>;
  mailer: Mailer;
}

async function start(keys: { refreshToken?: string; challenges?: boolean } = {}): Promise<Started> {
  const tokens = new Set<string>();
  const { challenges = true, refreshToken } = keys;
  const server = await startMailServer({ oauth2: { user: USER, tokens, challenges } });
  opened.push(() => server.stop());
  const endpoint = await startEndpoint(tokens);
  const mailer = createSmtpMailer(
    smtpLines({
      smtpUrl: `${server.url}?requireTLS=false`,
      from: { address: USER },
      oauth2: oauth2SettingsOf(
        {
          SMTP_OAUTH2_TOKEN_URL: endpoint.url,
          SMTP_OAUTH2_CLIENT_ID: 'the-client',
          SMTP_OAUTH2_CLIENT_SECRET: 'secret-of-the-client',
          SMTP_OAUTH2_REFRESH_TOKEN: refreshToken,
        },
        USER,
      ),
    }),
  );
  opened.push(() => mailer.close());
  return { server, endpoint, tokens, mailer };
}

async function failureOf(attempt: Promise<void>): Promise<MailError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MailError)) throw new Error('no MailError', { cause: error });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/secret-of|token-\d|alice/);
  return error;
}

describe('a login by OAuth2', () => {
  it('asks for a token as Microsoft 365 gives it, once for all connections', async () => {
    const { server, endpoint, mailer } = await start();
    await mailer.verify();
    await Promise.all(Array.from({ length: 20 }, () => mailer.send(MAIL)));
    expect(server.mails).toHaveLength(20);
    expect(server.logins).toBeGreaterThan(1);
    expect(endpoint.asked.map((body) => Object.fromEntries(body))).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: 'the-client',
        client_secret: 'secret-of-the-client',
        scope: 'https://outlook.office365.com/.default',
      },
    ]);
  });

  it('asks for a token as Google gives it, by the refresh token', async () => {
    const { server, endpoint, mailer } = await start({ refreshToken: 'secret-of-the-user' });
    await mailer.send(MAIL);
    expect(server.mails).toHaveLength(1);
    expect(endpoint.asked.map((body) => Object.fromEntries(body))).toEqual([
      {
        grant_type: 'refresh_token',
        refresh_token: 'secret-of-the-user',
        client_id: 'the-client',
        client_secret: 'secret-of-the-client',
      },
    ]);
  });

  it('asks for another token before one has ended', async () => {
    const { server, endpoint, mailer } = await start();
    endpoint.lifeSeconds = 0.001;
    await mailer.send(MAIL);
    await server.hangUp();
    await mailer.send(MAIL);
    expect(endpoint.asked).toHaveLength(2);
  });

  it.each([true, false])(
    'asks for another one that the mail server does not take any more (challenge: %s)',
    async (challenges) => {
      const { server, endpoint, tokens, mailer } = await start({ challenges });
      await mailer.send(MAIL);
      tokens.clear();
      await server.hangUp();
      if (!challenges) expect(await failureOf(mailer.send(MAIL))).toMatchObject({ login: true });
      await mailer.send(MAIL);
      expect(endpoint.asked).toHaveLength(2);
      expect(server.mails).toHaveLength(2);
    },
  );

  it('that the mail server refuses is a lasting problem', async () => {
    const { tokens, endpoint, mailer } = await start();
    const { answer } = endpoint;
    endpoint.answer = (...args) => {
      answer(...args);
      tokens.clear();
    };
    const error = await failureOf(mailer.verify());
    expect(error).toMatchObject({ kind: 'away', login: true });
    expect(lastingMailProblem(error)?.what).toMatch(/^The mail server refuses the login/);
  });

  it.each([
    [400, { error: 'invalid_grant', error_description: 'secret-of-the-client' }, ' invalid_grant'],
    [401, { error: 'invalid_client' }, ' invalid_client'],
    [403, { error: 'secret-of-the-client' }, ''],
  ])('that the token endpoint refuses with %s is one, too', async (status, body, why) => {
    const { endpoint, server, mailer } = await start();
    endpoint.answer = (response) => json(response, status, body);
    const error = await failureOf(mailer.send(MAIL));
    expect(lastingMailProblem(error)).toEqual({
      what: `The token endpoint refuses the login (${status}${why})`,
      remedy: 'Correct SMTP_OAUTH2_… of the worker',
    });
    expect(server.logins).toBe(0);
  });

  it.each<[string, TokenEndpoint['answer']]>([
    ['answered 503', (response) => json(response, 503, {})],
    ['answered 429', (response) => json(response, 429, { error: 'invalid_client' })],
    ['answered 302', (response) => void response.writeHead(302, { location: '/other' }).end()],
    ['answered 200', (response) => void response.end('<html>a page</html>')],
    ['answered 200', (response) => json(response, 200, { access_token: 'x'.repeat(100_000) })],
    ['does not answer (UND_ERR_SOCKET)', (response) => void response.destroy()],
  ])('whose token endpoint %s waits for it', async (why, answer) => {
    const { endpoint, mailer } = await start();
    const working = endpoint.answer;
    endpoint.answer = answer;
    const error = await failureOf(mailer.send(MAIL));
    expect(error).toMatchObject({ kind: 'away', message: `The token endpoint ${why}` });
    expect(lastingMailProblem(error)).toBeUndefined();
    endpoint.answer = working;
    await mailer.send(MAIL);
  });
});

describe('the settings of a login by OAuth2', () => {
  const ALL = {
    SMTP_URL: 'smtp://smtp.office365.com:587',
    SMTP_OAUTH2_TOKEN_URL: 'https://login.example.com/token',
    SMTP_OAUTH2_CLIENT_ID: 'id',
    SMTP_OAUTH2_CLIENT_SECRET: 'secret',
  };

  it('are right together, or not there', () => {
    expect(oauth2Problems(ALL)).toEqual([]);
    expect(oauth2Problems({ SMTP_URL: 'smtp://u:p@mail' })).toEqual([]);
    expect(oauth2SettingsOf({}, USER)).toBeUndefined();
  });

  it('are told all at once', () => {
    const env = {
      ...ALL,
      SMTP_URL: 'smtp://u:secret@mail/?authMethod=PLAIN',
      SMTP_OAUTH2_CLIENT_ID: '',
      SMTP_OAUTH2_USER: 'u',
    };
    expect(oauth2Problems(env)).toEqual([
      'SMTP_OAUTH2_TOKEN_URL, SMTP_OAUTH2_CLIENT_ID, SMTP_OAUTH2_CLIENT_SECRET belong together; set all three, or none',
      'SMTP_URL holds a login beside SMTP_OAUTH2_…; set one of them',
      'SMTP_URL has an authMethod beside SMTP_OAUTH2_…; leave it out',
    ]);
    expect(oauth2Problems({ SMTP_OAUTH2_USER: 'u' })[0]).toContain('SMTP_OAUTH2_USER needs them');
  });

  it.each([
    ['https://login.example.com/token', undefined],
    ['http://127.0.0.1:8080/token', undefined],
    ['http://login.example.com/token', 'is http to another host'],
    ['https://u:secret@login.example.com', 'holds a login'],
    ['login.example.com', 'is not an https URL'],
  ])('have the token endpoint %s: %s', (url, problem) => {
    const message = tokenUrl.safeParse(url).error?.issues[0]?.message;
    if (problem === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(problem);
    expect(message ?? '').not.toContain('secret@');
  });
});
