import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toLineRanges } from '../../../src/contract/line-ranges.js';
import { RETRYABLE } from '../../../src/contract/failures.js';
import { nextDuePage } from '../../../src/invitations/due-rows.js';
import { findLostStep } from '../../../src/invitations/lost-step.js';
import { loadTemplates } from '../../../src/invitations/mail/invitation-mail.js';
import { MailError, type Mail, type Mailer } from '../../../src/invitations/mail/mailer.js';
import { sendStep } from '../../../src/invitations/send-step.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { readDueUsers } from '../../../src/store/due-users.js';
import { readInvitations, StepLedger } from '../../../src/store/invitation-ledger.js';
import { toMailFailure } from '../../../activities/failures.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { CountingStore } from '../../support/counting-store.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const PEOPLE = 60;
const FIRST_LINE = 2;
const LINES = Array.from({ length: PEOPLE }, (_, i) => FIRST_LINE + i);
const addressOf = (line: number): string => `person-${line}@example.com`;
const settings = { method: 'link', expiresIn: '30m' } as const;
const templates = loadTemplates();

class Inbox implements Mailer {
  readonly mails: { to: string; at: number }[] = [];
  inFlight = 0;
  mostInFlight = 0;
  /** Called for each mail before it is taken; may throw, or wait. */
  onMail: (mail: Mail) => void | Promise<void> = () => undefined;

  async send(mail: Mail): Promise<void> {
    const at = performance.now();
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      await this.onMail(mail);
      await new Promise((resolve) => setImmediate(resolve));
      this.mails.push({ to: mail.to, at });
    } finally {
      this.inFlight--;
    }
  }
  async verify(): Promise<void> {}
  close(): void {}
}

class Requests extends KratosInMemory {
  single = 0;
  override get(id: string) {
    this.single++;
    return super.get(id);
  }
  override async getListed(ids: string[]) {
    const found = await Promise.all(ids.map((id) => super.get(id)));
    return found.filter((user) => user !== undefined);
  }
}

async function imported() {
  const kratos = new Requests();
  const store = new CountingStore();
  const content = ['email', ...LINES.map(addressOf), ''].join('\n');
  const run = await PlannedRun.of(content, { store });
  await attempt(run, kratos);
  await nextDuePage(run, 1, () => undefined);
  const inbox = new Inbox();
  const deps = {
    ...{ kratos, mailer: inbox, templates, now: () => NOW },
    ...{ appName: 'Example Platform', mailDomain: 'example.org' },
  };
  const chunk = await run.chunk(1);
  const shutdown = new AbortController();
  let isGivenUp = false;
  const send = (lines = LINES, times: { waitMs?: number; everyMs?: number } = {}) => {
    const step = randomUUID();
    const mails = { ...chunk, step, lines: toLineRanges(lines), settings };
    const options = {
      isGivenUp: () => isGivenUp,
      signal: new AbortController().signal,
      handBack: shutdown.signal,
      toFailure: (error: unknown) => toMailFailure(error, '[run=1]'),
    };
    return sendStep(deps, { ...mails, waitMs: 0, everyMs: 15, ...times }, options);
  };
  const invited = () =>
    [...kratos.identities.values()].filter(({ metadataAdmin }) =>
      JSON.stringify(metadataAdmin).includes('sentAt'),
    );
  return {
    ...{ kratos, store, inbox, deps, chunk, send, shutdown, invited },
    giveUp: () => (isGivenUp = true),
    ledger: () => readInvitations(chunk),
  };
}

const SENT = { state: 'sent', mailed: true } as const;
const count = (ago: [number, number][]): number => ago.reduce((sum, [, mails]) => sum + mails, 0);

describe('a step of many mails', () => {
  it('sends one to each user, records each, and answers in counts', async () => {
    const { send, inbox, ledger, invited, kratos } = await imported();
    const result = await send();
    expect(inbox.mails.map(({ to }) => to)).toEqual(LINES.map(addressOf));
    expect(result).toMatchObject({ ends: [{ result: SENT, times: PEOPLE }], untried: '' });
    expect(count(result.endedAgo)).toBe(PEOPLE);
    expect(JSON.stringify(result).length).toBeLessThan(400);
    const entries = await ledger();
    expect([...entries.keys()].sort((a, b) => a - b)).toEqual(LINES);
    for (const { state, at } of entries.values()) {
      expect([state, at]).toEqual(['sent', NOW.toISOString()]);
    }
    expect(invited()).toHaveLength(PEOPLE);
    expect(kratos.single).toBe(0);
  });

  it('asks for little: its files are a fraction of its mails', async () => {
    const { send, store } = await imported();
    store.take();
    await send();
    const { read, list, create } = store.take();
    expect({ read, list }).toEqual({ read: 1, list: 1 });
    expect(create).toBeLessThan(PEOPLE * 0.8);
  });

  it('has no mail before its slot', async () => {
    const { send, inbox } = await imported();
    const begun = performance.now();
    await send(LINES.slice(0, 20), { waitMs: 30, everyMs: 7 });
    for (const [i, { at }] of inbox.mails.entries()) {
      expect(at).toBeGreaterThanOrEqual(begun + 30 + i * 7);
    }
  });

  it('says how long ago its mails ended, never more than it is', async () => {
    const { send } = await imported();
    const begun = performance.now();
    const { endedAgo } = await send();
    const took = performance.now() - begun;
    expect(Math.max(...endedAgo.map(([ms]) => ms))).toBeGreaterThan(150);
    expect(Math.max(...endedAgo.map(([ms]) => ms))).toBeLessThan(took);
  });

  it('sends no second mail to those who have one, and remembers them', async () => {
    const { send, inbox, chunk, invited } = await imported();
    const earlier = new StepLedger(chunk, randomUUID());
    await earlier.add({ line: 5, state: 'sent', at: NOW.toISOString() });
    const { ends } = await send();
    expect(inbox.mails.map(({ to }) => to)).not.toContain(addressOf(5));
    expect(inbox.mails).toHaveLength(PEOPLE - 1);
    const times = (mailed: boolean): number =>
      ends.reduce(
        (sum, end) => sum + ('result' in end && end.result.mailed === mailed ? end.times : 0),
        0,
      );
    expect([times(true), times(false)]).toEqual([PEOPLE - 1, 1]);
    expect(invited()).toHaveLength(PEOPLE);
  });

  it.each(['refused', 'broken', 'blocked'] as const)(
    'asks for each user by itself where a request for many is %s',
    async (kind) => {
      const { send, inbox, kratos } = await imported();
      kratos.getListed = () => Promise.reject(new KratosError(kind, 'not so many'));
      expect(await send()).toMatchObject({ ends: [{ result: SENT, times: PEOPLE }], untried: '' });
      expect(inbox.mails).toHaveLength(PEOPLE);
      expect(kratos.single).toBe(PEOPLE);
    },
  );

  it('invites a user of whom the list shows no password', async () => {
    const { send, inbox, kratos } = await imported();
    const [id, identity] = kratos.byEmail(addressOf(9))!;
    const { hashedPassword: _, ...without } = identity;
    kratos.identities.set(id, without);
    await send();
    expect(inbox.mails).toHaveLength(PEOPLE);
    expect(kratos.single).toBe(1);
  });
});

describe('a step of many mails ends early, and hands back untried what it has not begun,', () => {
  it.each([
    ['the mail server is away', () => new MailError('away', 'away'), RETRYABLE.MailServerAway],
    [
      'Kratos is away',
      () => new KratosError('unavailable', 'away', { retryAfterMs: 7000 }),
      RETRYABLE.KratosUnavailable,
    ],
  ])('when %s', async (_, error, type) => {
    const { send, inbox } = await imported();
    inbox.onMail = () => {
      if (inbox.mails.length >= 20) throw error();
    };
    const { ends, untried, endedAgo } = await send();
    const failed = ends.filter((end) => 'failure' in end);
    expect(failed.length).toBeGreaterThanOrEqual(1);
    expect(failed.length).toBeLessThanOrEqual(32);
    for (const { failure } of failed) expect(failure.type).toBe(type);
    if (type === RETRYABLE.KratosUnavailable) expect(failed[0]!.failure.waitMs).toBe(7000);
    const begun = inbox.mails.length + failed.length;
    expect(untried).toBe(`${FIRST_LINE + begun}-${LINES.at(-1)}`);
    expect(count(endedAgo)).toBe(begun);
  });

  it('when the mail server is away, which is told last, whatever was on its way to it', async () => {
    const { send, inbox } = await imported();
    let goAway = (): void => undefined;
    const isAway = new Promise<void>((resolve) => (goAway = resolve));
    inbox.onMail = async ({ to }) => {
      if (to !== addressOf(6)) return isAway;
      setTimeout(goAway, 50);
      throw new MailError('away', 'away');
    };
    const { ends } = await send(LINES, { everyMs: 1 });
    const [sent, failed, ...others] = ends;
    expect(sent).toMatchObject({ result: SENT });
    expect(failed).toMatchObject({ line: 6, failure: { type: RETRYABLE.MailServerAway } });
    expect(others).toEqual([]);
  });

  it('when its users cannot be read', async () => {
    const { send, inbox, kratos } = await imported();
    kratos.getListed = () => Promise.reject(new KratosError('unavailable', 'away'));
    const { ends, untried } = await send();
    expect(ends).toMatchObject([{ line: 2, failure: { type: RETRYABLE.KratosUnavailable } }]);
    expect(untried).toBe(`3-${LINES.at(-1)}`);
    expect(inbox.mails).toEqual([]);
  });

  it('when its mails cannot be announced: the others are handed back, each once', async () => {
    const { send, inbox, store } = await imported();
    const create = store.create.bind(store);
    let isFull = true;
    store.create = (...file) => {
      if (!isFull) return create(...file);
      isFull = false;
      return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }));
    };
    const { ends, untried } = await send();
    expect(ends).toMatchObject([{ line: 2, failure: { type: RETRYABLE.Unexpected } }]);
    expect(untried).toBe(`3-${LINES.at(-1)}`);
    expect(inbox.mails).toEqual([]);
  });

  it('when one mail after the other is refused', async () => {
    const { send, inbox } = await imported();
    inbox.onMail = () => {
      if (inbox.mails.length >= 20) throw new MailError('refused', 'no', { status: 550 });
    };
    const { ends, untried } = await send();
    // A mail that was taken before may come to its end between them.
    const refused = ends.flatMap((end) =>
      'result' in end && end.result.state === 'failed' ? [end.times] : [],
    );
    const times = refused.reduce((sum, more) => sum + more, 0);
    expect(times).toBeGreaterThanOrEqual(10);
    expect(times).toBeLessThanOrEqual(10 + 32);
    expect(untried).not.toBe('');
  });

  it('not when some are refused among others', async () => {
    const { send, inbox } = await imported();
    let tries = 0;
    inbox.onMail = () => {
      if (++tries % 10 === 0) throw new MailError('refused', 'no', { status: 550 });
    };
    const { untried } = await send();
    expect(untried).toBe('');
    expect(inbox.mails).toHaveLength(PEOPLE - PEOPLE / 10);
  });

  it('when the mail server is slower than the pace', async () => {
    const { send, inbox } = await imported();
    inbox.onMail = () => new Promise((resolve) => setTimeout(resolve, 2500));
    const startedAt = performance.now();
    const { ends, untried } = await send(LINES, { everyMs: 1 });
    // Those on their way when the longest step is over are its last ones.
    expect(inbox.mails.length).toBe(32);
    expect(inbox.mails.at(-1)!.at - startedAt).toBeLessThan(8000);
    expect(untried).not.toBe('');
    expect(ends).toEqual([{ result: SENT, times: inbox.mails.length }]);
    expect(inbox.mostInFlight).toBe(32);
  });

  it('when the worker is being ended', async () => {
    const { send, inbox, shutdown } = await imported();
    inbox.onMail = () => {
      if (inbox.mails.length >= 10) shutdown.abort();
    };
    const { ends, untried } = await send();
    expect(ends).toEqual([{ result: SENT, times: inbox.mails.length }]);
    expect(untried).toBe(`${FIRST_LINE + inbox.mails.length}-${LINES.at(-1)}`);
  });

  it('when it is given up', async () => {
    const { send, inbox, giveUp } = await imported();
    giveUp();
    await send();
    expect(inbox.mails).toEqual([]);
  });
});

describe('a step that has given no answer', () => {
  it('has sent what is recorded, may have sent what was begun, and nothing else', async () => {
    const { chunk, deps, invited } = await imported();
    const step = randomUUID();
    const ledger = new StepLedger(chunk, step);
    const other = new StepLedger(chunk, randomUUID());
    await Promise.all([ledger.begin([2, 3, 4, 5, 6]), other.begin([20, 21])]);
    await ledger.add({ line: 2, state: 'sent', at: NOW.toISOString() });
    await ledger.add({ line: 4, state: 'failed', at: NOW.toISOString(), why: '550' });
    await other.add({ line: 30, state: 'sent', at: NOW.toISOString() });
    const lost = await findLostStep(deps, { ...chunk, step, lines: '2-25' });
    expect(lost).toEqual({
      ends: [
        { result: SENT, times: 1 },
        { result: { state: 'failed', mailed: true }, times: 1 },
      ],
      ...{ unsure: '3,5-6', untried: '7-25' },
    });
    expect(invited()).toHaveLength(1);
    // Asked again, it says the same and changes nothing.
    expect(await findLostStep(deps, { ...chunk, step, lines: '2-25' })).toEqual(lost);
  });

  it('leaves a mail that Kratos cannot record to an attempt of its own', async () => {
    const { chunk, deps, invited, kratos } = await imported();
    const step = randomUUID();
    const ledger = new StepLedger(chunk, step);
    await Promise.all(
      [2, 3, 4].map((line) => ledger.add({ line, state: 'sent', at: NOW.toISOString() })),
    );
    const broken = (await readDueUsers(chunk, [3])).get(3);
    const update = kratos.update.bind(kratos);
    kratos.update = (id, patch) =>
      id === broken ? Promise.reject(new KratosError('broken', '500')) : update(id, patch);
    const lost = await findLostStep(deps, { ...chunk, step, lines: '2-5' });
    const ends = [{ result: SENT, times: 2 }];
    expect(lost).toEqual({ ends, unsure: '3', untried: '5' });
    expect(invited()).toHaveLength(2);
  });
});
