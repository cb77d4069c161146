import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MailError, type Mail, type Mailer } from '../../../../src/invitations/mail/mailer.js';
import { smtpLines } from '../../../../src/invitations/mail/smtp-lines.js';
import { createSmtpMailer } from '../../../../src/invitations/mail/smtp-mailer.js';
import {
  startMailServer,
  type MailServer,
  type MailServerOptions,
} from '../../../support/mail-server.js';
import { parseMail } from '../../../support/parse-mail.js';
import { until } from '../../../support/until.js';

const FROM = { name: 'Example, Inc.', address: 'no-reply@example.com' };
const LOGIN = { user: 'importer@example.com', password: 'pa:ss/w@rd?' };
const ANY_CERTIFICATE = 'tls.rejectUnauthorized=false';
/** Longer than any machine takes for a mail: where a limit is to pass, the test puts the clock forward. */
const LIMITS = { handOver: 600_000, answer: 1_200_000 };
/** The server has as long for its greeting as for the mail. */
const NO_GREETING_LIMIT = 'greetingTimeout=3600000&connectionTimeout=3600000';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function serve(options?: MailServerOptions): Promise<MailServer> {
  const server = await startMailServer(options);
  opened.push(() => server.stop());
  return server;
}

function mailerFor(
  { url }: MailServer,
  { login, parameters = '', limits }: MailerOptions = {},
): Mailer {
  const at = new URL(url);
  if (login) at.username = encodeURIComponent(login.user);
  if (login) at.password = encodeURIComponent(login.password);
  const lines = smtpLines({ smtpUrl: `${at.href}?${parameters}`, from: FROM });
  const mailer = createSmtpMailer(lines, limits);
  opened.push(() => mailer.close());
  return mailer;
}

interface MailerOptions {
  login?: typeof LOGIN;
  parameters?: string;
  limits?: typeof LIMITS;
}

function mailTo(to: string, text = 'Hello'): Mail {
  const messageId = '<0123456789abcdef@example.com>';
  return { to, messageId, subject: 'Your account', text, html: `<p>${text}</p>` };
}

const ALICE = mailTo('alice@example.com');
/** More than the operating system buffers for a server that does not read. */
const LARGE = mailTo('alice@example.com', 'x'.repeat(70).concat('\n').repeat(200_000));

/** The error of a failed attempt, which may hold neither an address nor a login. */
async function failureOf(attempt: Promise<void>): Promise<MailError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MailError)) throw new Error('no MailError', { cause: error });
  const shown = inspect(error, { depth: 9, showHidden: true });
  for (const secret of ['alice', 'nobody@', 'importer', 'pa:ss', 'pa%3Ass', 'secret-of']) {
    expect(shown).not.toContain(secret);
  }
  return error;
}

const sendFails = (mailer: Mailer, mail = ALICE) => failureOf(mailer.send(mail));

describe('a mail', () => {
  it('arrives once, from the sender to its one recipient, with its Message-ID', async () => {
    const server = await serve();
    await mailerFor(server).send(ALICE);
    expect(server.mails).toHaveLength(1);
    const { to, raw } = server.mails[0]!;
    expect(to).toBe('alice@example.com');
    expect(raw).toMatch(/^From: "Example, Inc\." <no-reply@example\.com>\r$/m);
    expect(raw).toMatch(/^To: alice@example\.com\r$/m);
    expect(raw).toMatch(/^Message-ID: <0123456789abcdef@example\.com>\r$/m);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it.each([
    ['"smith,alice"@example.com', '"smith,alice"@example.com'],
    ['"a\\"b"@example.com', '"a\\"b"@example.com'],
    ["o'hara+x@example.com", "o'hara+x@example.com"],
    ['a,mallory@example.com', '"a,mallory"@example.com'],
  ])('to %s goes to that address alone', async (address, onTheWire) => {
    const server = await serve();
    await mailerFor(server).send(mailTo(address));
    expect(server.mails.map(({ to }) => to)).toEqual([onTheWire]);
    const header = /^To: (.*)\r$/m.exec(server.mails[0]!.raw)?.[1];
    expect(header?.replace(/^<|>$/g, '')).toBe(onTheWire);
  });

  it.each([
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com>\nRCPT TO:<b@example.com',
    'a\0@b',
  ])('to %j is refused without a word to the server', async (address) => {
    const server = await serve();
    expect(await sendFails(mailerFor(server), mailTo(address))).toMatchObject({
      kind: 'refused',
    });
    expect(server.connections).toBe(0);
  });

  it('whose subject reads like an encoded word arrives with these very characters, in short lines', async () => {
    const server = await serve();
    const subject = `=?utf-8?q?x?= ${'Willkommen zurück, '.repeat(8)}=?utf-8?B?PHNjcmlwdD4=?=`;
    for (const each of [subject, subject.replaceAll('ü', 'u')]) {
      await mailerFor(server).send({ ...ALICE, subject: each });
      const { raw } = server.mails.at(-1)!;
      expect((await parseMail(raw)).subject).toBe(each);
      const lines = /^Subject: [^]*?\r\n(?! )/m.exec(raw)![0].split('\r\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(76);
    }
  });

  it('whose text looks like SMTP arrives as it is', async () => {
    const server = await serve();
    await mailerFor(server).send(mailTo('alice@example.com', 'a\n.\nQUIT\n..b'));
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]!.raw).toContain('a\r\n.\r\nQUIT\r\n..b');
  });
});

describe.each([true, false])('with pipelining %s, an answer', (pipelining) => {
  it.each([
    ['RCPT TO', 550, 'refused'],
    ['RCPT TO', 450, 'later'],
    ['RCPT TO', 421, 'away'],
    ['RCPT TO', 503, 'away'],
    ['DATA', 554, 'refused'],
    ['DATA', 452, 'later'],
    ['DATA', 421, 'away'],
    ['MAIL FROM', 550, 'away'],
    ['MAIL FROM', 451, 'away'],
  ] as const)('to %s of %i means %s', async (at, status, kind) => {
    const server = await serve({ pipelining });
    server.faults.refuse = { at, status };
    const mailer = mailerFor(server);
    const error = await sendFails(mailer);
    expect(error).toMatchObject({ kind, status, login: false });
    // Where it closes, the answers to the commands sent along are missing, and nodemailer knows no command.
    const to = status === 421 ? '.*' : at;
    expect(error.message).toMatch(new RegExp(`^The mail server answered ${status} to ${to}$`));

    server.faults = {};
    await mailer.send(ALICE);
    expect(server.mails).toHaveLength(1);
  });

  it('about one recipient holds for this one alone', async () => {
    const server = await serve({ pipelining });
    server.faults.refuse = { at: 'RCPT TO', status: 550, to: 'alice@example.com' };
    const mailer = mailerFor(server);
    const [alice, bob] = await Promise.allSettled([
      mailer.send(ALICE),
      mailer.send(mailTo('bob@example.com')),
    ]);
    expect([alice.status, bob.status]).toEqual(['rejected', 'fulfilled']);
    expect(server.mails.map(({ to }) => to)).toEqual(['bob@example.com']);
  });
});

it('a mail that is given up as it waits for a connection does not go out', async () => {
  const server = await serve();
  server.faults.answerAfterMs = 20;
  const mailer = mailerFor(server);
  let isGivenUp = false;
  const sent = Array.from({ length: 5 }, () => mailer.send(ALICE));
  const waiting = Array.from({ length: 10 }, () => mailer.send(ALICE, () => isGivenUp));
  const wanted = mailer.send(mailTo('bob@example.com'));
  isGivenUp = true;
  const ended = await Promise.allSettled(waiting);
  await Promise.all([...sent, wanted]);
  expect(ended.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  expect(server.mails).toHaveLength(6);
});

describe('a mail server', () => {
  it('that is not there is away, and takes mails once it is back', async () => {
    const server = await serve();
    const mailer = mailerFor(server);
    await server.stop();
    const error = await sendFails(mailer);
    expect(error).toMatchObject({ kind: 'away', status: undefined, login: false });
    expect(error.message).toBe('The mail server does not answer (ECONNREFUSED)');
    expect(await failureOf(mailer.verify())).toMatchObject({ kind: 'away', login: false });

    await server.start();
    await mailer.verify();
    await mailer.send(ALICE);
    expect(server.mails).toHaveLength(1);
  });

  it.each([421, 554])('that greets with %i is away', async (status) => {
    const server = await serve();
    server.faults.greetWith = status;
    expect(await sendFails(mailerFor(server))).toMatchObject({ kind: 'away', status });
  });

  it('that never greets is away when the time for that is over', async () => {
    const server = await serve();
    server.faults.greetAfterMs = Infinity;
    const mailer = mailerFor(server, { parameters: 'greetingTimeout=200' });
    const error = await sendFails(mailer);
    expect(error).toMatchObject({ kind: 'away' });
    expect(error.message).toContain('ETIMEDOUT');
    expect(await failureOf(mailer.verify())).toMatchObject({ kind: 'away' });
  });

  it('that breaks off within a mail is away, and has got no mail', async () => {
    const server = await serve();
    server.faults.breakOff = 'within';
    expect(await sendFails(mailerFor(server), LARGE)).toMatchObject({ kind: 'away' });
    expect([server.mails, server.unanswered]).toEqual([[], []]);
  });

  it.each(['kept', 'thrown away'] as const)(
    'that breaks off after a whole mail makes the mail unsure, whether it is %s',
    async (breakOff) => {
      const server = await serve();
      server.faults.breakOff = breakOff;
      expect(await sendFails(mailerFor(server))).toMatchObject({
        kind: 'unsure',
        status: undefined,
      });
      expect(server.mails).toEqual([]);
      expect(server.unanswered).toMatchObject([{ kept: breakOff === 'kept' }]);
    },
  );

  it('that does not answer to a whole mail within the socket’s timeout makes the mail unsure', async () => {
    const server = await serve();
    server.faults.answerAfterMs = 60_000;
    const sockets: Socket[] = [];
    const remember = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', remember);
    opened.push(() => unsubscribe('net.client.socket', remember));
    const failure = sendFails(mailerFor(server, { parameters: 'socketTimeout=100000' }));
    await until(() => server.receiving.has(ALICE.to));
    expect(sockets.map(({ timeout }) => timeout)).toEqual([100_000]);
    sockets[0]!.setTimeout(1);
    expect(await failure).toMatchObject({ kind: 'unsure' });
  });

  it('that is stopped while mails are in flight makes only the mails unsure that it had received', async () => {
    const server = await serve();
    server.faults.answerAfterMs = 60_000;
    const mailer = mailerFor(server);
    // Five connections; the sixth mail and the seventh wait in the queue.
    const failures = Array.from({ length: 7 }, (_, i) =>
      sendFails(mailer, mailTo(`user-${i}@example.com`)),
    );
    await until(() => server.receiving.size === 5);
    await server.stop();
    const kinds = (await Promise.all(failures)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'unsure')).toHaveLength(5);
    expect(kinds.filter((kind) => kind === 'away')).toHaveLength(2);
    server.faults = {};
    await server.start();
    await sleep(500);
    expect(server.mails).toEqual([]);
  });
});

describe('sending', () => {
  // Goes on with the real clock, which is far from these limits, until a test puts it forward.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    opened.push(() => vi.useRealTimers());
  });

  it('is given up when the server takes too long over everything before the mail', async () => {
    const server = await serve();
    server.faults.greetAfterMs = Infinity;
    const failure = sendFails(mailerFor(server, { limits: LIMITS, parameters: NO_GREETING_LIMIT }));
    await until(() => server.connections === 1);
    vi.advanceTimersByTime(LIMITS.handOver);
    expect(await failure).toMatchObject({ kind: 'away' });
  });

  it('is given up in the queue, where nothing is lost', async () => {
    const server = await serve();
    server.faults.greetAfterMs = Infinity;
    const mailer = mailerFor(server, { limits: LIMITS, parameters: NO_GREETING_LIMIT });
    const failures = Array.from({ length: 30 }, () => sendFails(mailer));
    await until(() => server.connections === 5);
    vi.advanceTimersByTime(LIMITS.handOver);
    for (const { kind } of await Promise.all(failures)) expect(kind).toBe('away');
    server.faults = {};
    await mailer.send(ALICE);
    expect(server.mails).toHaveLength(1);
  });

  it('waits longer for an answer to a whole mail, then is unsure', async () => {
    const server = await serve();
    server.faults.answerAfterMs = 60_000;
    const failure = sendFails(mailerFor(server, { limits: LIMITS }));
    await until(() => server.receiving.has(ALICE.to));
    vi.advanceTimersByTime(LIMITS.handOver);
    expect(await Promise.race([failure, sleep(100).then(() => 'waits')])).toBe('waits');
    vi.advanceTimersByTime(LIMITS.answer - LIMITS.handOver);
    expect(await failure).toMatchObject({ kind: 'unsure' });
  });

  it('is not given up within a mail that the server reads slowly, as long as time is left', async () => {
    const server = await serve();
    server.faults.readAfterMs = 300;
    await mailerFor(server, { limits: LIMITS }).send(LARGE);
    expect(server.mails).toHaveLength(1);
  });

  it('gives up a mail that the server stops reading, and has not sent it', async () => {
    const server = await serve();
    server.faults.readAfterMs = 60_000;
    const failure = sendFails(mailerFor(server, { limits: LIMITS }), LARGE);
    await until(() => server.begun.has(LARGE.to));
    vi.advanceTimersByTime(LIMITS.handOver);
    expect(await failure).toMatchObject({ kind: 'away' });
    expect([server.mails, server.unanswered]).toEqual([[], []]);
  });

  it('fails at once after close', async () => {
    const server = await serve();
    const mailer = mailerFor(server);
    await mailer.send(ALICE);
    mailer.close();
    expect(await sendFails(mailer)).toMatchObject({ kind: 'away' });
  });
});

describe('connections', () => {
  it('are used again, and are five at most', async () => {
    const server = await serve();
    const mailer = mailerFor(server);
    for (let i = 0; i < 3; i++) await mailer.send(ALICE);
    expect(server.connections).toBe(1);
    await Promise.all(Array.from({ length: 30 }, () => mailer.send(ALICE)));
    expect(server.connections).toBe(5);
    expect(server.mails).toHaveLength(33);
  });

  it('are used again after refused recipients', async () => {
    const server = await serve();
    server.faults.refuse = { at: 'RCPT TO', status: 550, to: 'alice@example.com' };
    const mailer = mailerFor(server);
    for (let i = 0; i < 10; i++) await sendFails(mailer);
    // One is being reset while the other one takes the next mail.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('that the server has closed while idle fail no mail', async () => {
    const server = await serve();
    const mailer = mailerFor(server);
    for (let i = 0; i < 5; i++) {
      await Promise.all(Array.from({ length: 10 }, () => mailer.send(ALICE)));
      // Not waited for: the next mails run into the closing connections.
      void server.hangUp();
    }
    await server.stop();
    await server.start();
    await mailer.send(ALICE);
    expect(server.mails).toHaveLength(51);
    expect(server.unanswered).toEqual([]);
  });
});

describe('a limit of the server', () => {
  const addresses = (count: number) => Array.from({ length: count }, (_, i) => `user-${i}@x.test`);
  const sendAll = (mailer: Mailer, count: number) =>
    Promise.all(addresses(count).map((to) => mailer.send(mailTo(to))));
  const expectEachOnce = ({ mails }: MailServer, count: number) =>
    expect(mails.map(({ to }) => to).toSorted()).toEqual(addresses(count).toSorted());

  it('of connections lowers how many are open, and fails no mail', async () => {
    const server = await serve();
    server.faults.mostConnections = 2;
    server.faults.answerAfterMs = 5;
    await sendAll(mailerFor(server), 90);
    expectEachOnce(server, 90);
    expect(server.refusedConnections).toBeLessThanOrEqual(3);
  });

  it('of connections is raised again, now and then', async () => {
    const server = await serve();
    server.faults.mostConnections = 4;
    server.faults.answerAfterMs = 5;
    const mailer = mailerFor(server);
    await sendAll(mailer, 50);
    expect(server.refusedConnections).toBe(1);
    await sendAll(mailer, 400);
    expect(server.refusedConnections).toBe(2);
  });

  it('of connections that leaves this worker none is told as such', async () => {
    const server = await serve();
    server.faults.mostConnections = 0;
    const error = await sendFails(mailerFor(server));
    expect(error).toMatchObject({ kind: 'busy', limit: 'connections', status: 421 });
    expect(error.message).toMatch(/^The mail server answered 421.* to the connection: it takes no/);
  });

  it.each(['close', 'refuse'] as const)(
    'of mails over one connection fails no mail, and is kept to (%s)',
    async (then) => {
      const server = await serve();
      server.faults.mailsASession = { most: 7, then };
      const mailer = mailerFor(server);
      for (const to of addresses(60)) await mailer.send(mailTo(to));
      expectEachOnce(server, 60);
      expect(server.connections).toBe(9);
    },
  );

  it('of mails over one connection that is none fails the mail', async () => {
    const server = await serve();
    server.faults.mailsASession = { most: 0, then: 'refuse' };
    expect(await sendFails(mailerFor(server))).toMatchObject({ kind: 'busy', limit: 'session' });
  });

  it('of the pace is about no recipient', async () => {
    const server = await serve();
    server.faults.mailsASecond = 1;
    const mailer = mailerFor(server);
    await mailer.send(ALICE);
    expect(await sendFails(mailer)).toMatchObject({ kind: 'busy', limit: 'rate', status: 454 });
    expect(server.connections).toBe(1);
  });

  it('of the day is about no recipient', async () => {
    const server = await serve();
    server.faults.answer = { status: 550, text: 'Daily user sending limit exceeded' };
    expect(await sendFails(mailerFor(server))).toMatchObject({ kind: 'busy', limit: 'quota' });
  });
});

describe('TLS', () => {
  const sentOver = async (tls: MailServerOptions['tls'], parameters = '') => {
    const server = await serve({ tls });
    await mailerFor(server, { parameters }).send(ALICE);
    return server.mails.map(({ secure }) => secure);
  };

  it('is used from the start with smtps', async () => {
    expect(await sentOver('from-start', ANY_CERTIFICATE)).toEqual([true]);
  });

  it('is used with smtp where the server offers STARTTLS', async () => {
    expect(await sentOver('starttls', ANY_CERTIFICATE)).toEqual([true]);
  });

  it('is not used where the server does not offer it', async () => {
    expect(await sentOver('none')).toEqual([false]);
  });

  it('is needed to another host, unless it is switched off by name', async () => {
    const server = await serve();
    // This machine, by a name that is not known to be.
    const elsewhere = { ...server, url: server.url.replace('127.0.0.1', '0.0.0.0') };
    expect(await sendFails(mailerFor(elsewhere))).toMatchObject({ kind: 'away', noTls: true });
    expect(server.mails).toEqual([]);
    for (const parameters of ['requireTLS=false', 'ignoreTLS=true']) {
      await mailerFor(elsewhere, { parameters }).send(ALICE);
    }
    expect(server.mails).toHaveLength(2);
  });

  it('that is required is never left out', async () => {
    const server = await serve();
    const mailer = mailerFor(server, { parameters: 'requireTLS=true' });
    const error = await sendFails(mailer);
    expect(error).toMatchObject({ kind: 'away', login: false });
    expect(error.message).toMatch(/to STARTTLS: it has no TLS/);
    expect(await failureOf(mailer.verify())).toMatchObject({ kind: 'away' });
    expect(server.mails).toEqual([]);
  });

  it.each(['from-start', 'starttls'] as const)(
    'with a certificate of an unknown issuer is refused (%s), with the reason',
    async (tls) => {
      const server = await serve({ tls });
      const error = await sendFails(mailerFor(server));
      expect(error).toMatchObject({ kind: 'away', login: false });
      expect(error.message).toMatch(/\([A-Z_]*CERT[A-Z_]*\)/);
      expect(server.mails).toEqual([]);
    },
  );
});

describe('a login', () => {
  it('is taken from the URL, whatever characters it has', async () => {
    const server = await serve({ login: LOGIN });
    const mailer = mailerFor(server, { login: LOGIN, parameters: 'requireTLS=false' });
    await mailer.verify();
    await mailer.send(ALICE);
    expect(server.mails).toHaveLength(1);
  });

  it.each(['none', 'starttls'] as const)(
    'that is refused is reported as such (TLS: %s)',
    async (tls) => {
      const server = await serve({ login: LOGIN, tls });
      const login = { ...LOGIN, password: 'pa:ss of last year' };
      const parameters = tls === 'none' ? 'requireTLS=false' : ANY_CERTIFICATE;
      const mailer = mailerFor(server, { login, parameters });
      const refused = { kind: 'away', status: 535, login: true };
      expect(await failureOf(mailer.verify())).toMatchObject(refused);
      const error = await sendFails(mailer);
      expect(error).toMatchObject(refused);
      expect(error.message).toBe('The mail server answered 535 to AUTH PLAIN');
    },
  );

  it('that the server does not ask for is reported before any mail is lost', async () => {
    const mailer = mailerFor(await serve(), { login: LOGIN, parameters: 'requireTLS=false' });
    expect(await failureOf(mailer.verify())).toMatchObject({ kind: 'away', login: true });
  });

  it('goes out over TLS, or not at all', async () => {
    const server = await serve({ login: LOGIN });
    const noTls = { kind: 'away', login: false, noTls: true };
    const mailer = mailerFor(server, { login: LOGIN });
    expect(await failureOf(mailer.verify())).toMatchObject(noTls);
    expect(await sendFails(mailer)).toMatchObject(noTls);
    expect(server.logins).toBe(0);
  });

  it('that is missing is reported, and not taken for a refused recipient', async () => {
    const mailer = mailerFor(await serve({ login: LOGIN }));
    expect(await sendFails(mailer)).toMatchObject({ kind: 'away', status: 530, login: true });
  });
});
