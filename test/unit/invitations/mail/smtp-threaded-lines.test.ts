import { afterEach, describe, expect, it, vi } from 'vitest';
// As built: its thread runs the compiled program.
import { threadedSmtpLines } from '../../../../dist/src/invitations/mail/smtp-threaded-lines.js';
import type { Mail } from '../../../../src/invitations/mail/mailer.js';
import { createSmtpMailer } from '../../../../src/invitations/mail/smtp-mailer.js';
import { startMailServer, type MailServerOptions } from '../../../support/mail-server.js';
import { parseMail } from '../../../support/parse-mail.js';
import { startedThreads } from '../../../support/started-threads.js';
import { until } from '../../../support/until.js';

const FROM = { name: 'Example, Inc.', address: 'no-reply@example.com' };
const WITHIN = { handOver: 45_000, answer: 90_000 };

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function serve(options?: MailServerOptions, password = '') {
  const server = await startMailServer(options);
  opened.push(() => server.stop());
  const url = new URL(server.url);
  if (password) Object.assign(url, { username: 'importer', password, search: 'requireTLS=false' });
  const lines = threadedSmtpLines({ smtpUrl: url.href, from: FROM });
  return { server, lines };
}

function mailTo(to: string): Mail {
  const messageId = '<0123456789abcdef@example.com>';
  return { to, messageId, subject: 'Your accöunt', text: 'Héllo', html: '<p>Héllo</p>' };
}

describe('lines to a mail server in a thread', () => {
  it('send mails as others do, over connections that are used again', async () => {
    const threads = startedThreads();
    const { server, lines } = await serve();
    const mailer = createSmtpMailer(lines);
    opened.push(() => mailer.close());
    const addresses = Array.from({ length: 40 }, (_, i) => `user-${i}@example.com`);
    await Promise.all(addresses.map((to) => mailer.send(mailTo(to))));
    expect(server.mails.map(({ to }) => to).sort()).toEqual(addresses.sort());
    expect(await parseMail(server.mails[0]!.raw)).toMatchObject({
      ...{ subject: 'Your accöunt', messageId: '<0123456789abcdef@example.com>' },
      text: expect.stringContaining('Héllo') as string,
    });
    expect(server.connections).toBe(5);
    expect(threads).toHaveLength(1);
  });

  it('are closed with the mailer', async () => {
    const { server, lines } = await serve();
    const mailer = createSmtpMailer(lines);
    await mailer.send(mailTo('alice@example.com'));
    expect(server.open).toBe(1);
    mailer.close();
    await until(() => server.open === 0);
  });

  it('say all that is known of a failure', async () => {
    const { server, lines } = await serve();
    const line = lines.open();
    opened.push(() => line.close());
    server.faults.answer = { status: 550, text: '5.4.5 Daily user sending limit exceeded' };
    const limited = await line.send(mailTo('alice@example.com'), WITHIN);
    expect(limited).toMatchObject({
      failure: { name: 'MailError', kind: 'busy', status: 550, limit: 'quota', login: false },
      isClosed: false,
    });
    server.faults = { greetWith: 421 };
    const other = lines.open();
    expect(await other.send(mailTo('alice@example.com'), WITHIN)).toMatchObject({ isClosed: true });
    other.close();
  });

  it('take a mail back whose time is over', async () => {
    const { server, lines } = await serve();
    server.faults.answerAfterMs = 60_000;
    const line = lines.open();
    opened.push(() => line.close());
    const sent = line.send(mailTo('alice@example.com'), { handOver: 45_000, answer: 500 });
    expect(await sent).toMatchObject({ failure: { kind: 'unsure' } });
  });

  it('prove that the server takes the login', async () => {
    const login = { user: 'importer', password: 'secret' };
    const { lines } = await serve({ login }, 'secret');
    await expect(lines.verify()).resolves.toBeUndefined();
    const { lines: others } = await serve({ login }, 'wrong');
    await expect(others.verify()).rejects.toMatchObject({ name: 'MailError', login: true });
  });
});

describe('a thread that breaks', () => {
  it('leaves open what became of its mails, and another takes its place', async () => {
    const threads = startedThreads();
    const { server, lines } = await serve();
    server.faults.answerAfterMs = 60_000;
    const line = lines.open();
    opened.push(() => line.close());
    const sent = ['alice', 'bob'].map((name) => line.send(mailTo(`${name}@example.com`), WITHIN));
    await until(() => server.receiving.size === 1);
    await threads[0]!.thread.terminate();
    for (const failed of await Promise.all(sent)) {
      expect(failed).toMatchObject({
        failure: { kind: 'unsure', message: 'The thread that sends mails broke: exit 1' },
      });
    }
    server.faults = {};
    expect(await line.send(mailTo('carol@example.com'), WITHIN)).toBeUndefined();
    expect(threads).toHaveLength(2);
  });

  it('before it could do anything has sent nothing', async () => {
    const { lines } = await serve();
    process.once('worker', (thread) => void thread.terminate());
    const sent = lines.open().send(mailTo('alice@example.com'), WITHIN);
    expect(await sent).toMatchObject({ failure: { kind: 'away' } });
  });

  it('so that it does not answer keeps no mail waiting', async () => {
    const threads = startedThreads();
    const { lines } = await serve();
    const line = lines.open();
    opened.push(() => line.close());
    await line.send(mailTo('alice@example.com'), WITHIN);
    threads[0]!.thread.postMessage = () => undefined;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    opened.push(() => vi.useRealTimers());
    const sent = line.send(mailTo('bob@example.com'), WITHIN);
    vi.advanceTimersByTime(WITHIN.answer + 10_000);
    expect(await sent).toMatchObject({
      failure: { kind: 'unsure', message: 'The thread that sends mails broke: no answer' },
    });
  });

  it('while it has nothing to do ends nothing', async () => {
    const threads = startedThreads();
    const { server, lines } = await serve();
    const line = lines.open();
    opened.push(() => line.close());
    await line.send(mailTo('alice@example.com'), WITHIN);
    const { thread } = threads[0]!;
    thread.emit('error', Object.assign(new Error('alice@example.com'), { code: 'EBROKEN' }));
    await line.send(mailTo('bob@example.com'), WITHIN);
    expect(server.mails).toHaveLength(2);
    expect(threads).toHaveLength(2);
  });
});
