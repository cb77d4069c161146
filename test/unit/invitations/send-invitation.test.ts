import { describe, expect, it, vi } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { nextDuePage } from '../../../src/invitations/due-rows.js';
import { giveUpInvitation, sendInvitation } from '../../../src/invitations/send-invitation.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { loadTemplates } from '../../../src/invitations/mail/invitation-mail.js';
import { MailError, type Mail, type Mailer } from '../../../src/invitations/mail/mailer.js';
import { addInvitation, readInvitations } from '../../../src/store/invitation-ledger.js';
import { StoreError } from '../../../src/store/store.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';

/** A mail server that accepts every mail, unless a test says otherwise. */
class Inbox implements Mailer {
  readonly mails: Mail[] = [];
  /** The Message-ID of each try. */
  readonly ids: string[] = [];
  /** Called when a mail was taken. */
  afterMail: () => void | Promise<void> = () => undefined;
  /** Thrown in place of the next answers. */
  readonly failures: MailError[] = [];

  async send(mail: Mail): Promise<void> {
    this.ids.push(mail.messageId);
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.mails.push(mail);
    await this.afterMail();
  }
  async verify(): Promise<void> {}
  close(): void {}
}

const templates = loadTemplates();
const LINE = 2;
const settings = { method: 'link', expiresIn: '30m' } as const;

/** An import whose rows are done, and the users that it is to invite. */
async function imported(
  content = 'email,first_name\nann@example.com,Ann\n',
  columns: Record<string, string> = {},
) {
  const kratos = new KratosInMemory();
  const store = new MemoryStore();
  const run = await PlannedRun.of(content, { input: { columns }, store });
  await attempt(run, kratos);
  const inbox = new Inbox();
  const deps = {
    kratos,
    mailer: inbox,
    templates,
    appName: 'Example Platform',
    mailDomain: 'example.org',
    now: () => NOW,
  };
  const chunk = await run.chunk(1);
  const invite = (line = LINE, isGivenUp = () => false) =>
    sendInvitation(deps, { ...chunk, line, settings }, isGivenUp);
  return {
    kratos,
    store,
    inbox,
    invite,
    chunk,
    deps,
    person: (email = 'ann@example.com') => kratos.byEmail(email)!,
    change(keys: Partial<NewIdentity>) {
      const [id, identity] = kratos.byEmail('ann@example.com')!;
      kratos.identities.set(id, { ...identity, ...keys });
    },
    ledger: () => readInvitations(chunk),
    due: () => nextDuePage(run, 1, () => undefined),
  };
}

/** What the identity says of its invitation. */
function invitationIn([, { metadataAdmin }]: [string, NewIdentity]): unknown {
  return (metadataAdmin['csv_import'] as { invitation?: unknown }).invitation;
}

describe('an invitation', () => {
  it('goes to the address with a link of its own, and the identity remembers when', async () => {
    const { invite, inbox, person, ledger } = await imported();
    expect(await invite()).toEqual({ state: 'sent', mailed: true });
    expect(inbox.mails).toHaveLength(1);
    const [mail] = inbox.mails;
    expect(mail).toMatchObject({
      to: 'ann@example.com',
      messageId: expect.stringMatching(/^<[0-9a-f]{32}@example\.org>$/) as string,
      text: expect.stringContaining(
        `https://kratos.example/recovery?of=${person()[0]}&for=30m`,
      ) as string,
    });
    expect(mail!.text).toContain('30 minutes');
    expect(invitationIn(person())).toEqual({
      dueSince: NOW.toISOString(),
      sentAt: NOW.toISOString(),
    });
    expect(await ledger()).toEqual(
      new Map([[LINE, { line: LINE, state: 'sent', at: NOW.toISOString() }]]),
    );
  });

  it.each([
    ['first_name', {}, 'Hello Ann,'],
    ['vorname', { vorname: 'traits.first_name' }, 'Hello Ann,'],
    ['calledBy', { calledBy: 'metadata_public.givenName' }, 'Hello Ann,'],
    ['first_name', { first_name: 'metadata_admin.x' }, 'Hello Ann,'],
    ['last_name', {}, 'Hello,'],
  ])('greets by the name in the column %s (%j)', async (column, columns, greeting) => {
    const { invite, inbox } = await imported(`email,${column}\nann@example.com,Ann\n`, columns);
    await invite();
    expect(inbox.mails[0]!.text.split('\n')[0]).toBe(greeting);
  });

  it('goes to the address that the person has now', async () => {
    const { invite, inbox, change } = await imported();
    change({ traits: { email: 'ann.new@example.com', first_name: 'Ann' } });
    await invite();
    expect(inbox.mails.map(({ to }) => to)).toEqual(['ann.new@example.com']);
  });

  it('has the same Message-ID in each attempt, and another one for another person or run', async () => {
    const { invite, inbox, deps, chunk } = await imported(
      'email\nann@example.com\nbob@example.com\ncarol@example.com\n',
    );
    inbox.failures.push(new MailError('unsure', 'no answer'));
    await expect(invite(2)).rejects.toThrow('no answer');
    await invite(2);
    await invite(3);
    const otherRun = { ...RUN, runId: 'another' };
    await sendInvitation(deps, { ...chunk, run: otherRun, line: 4, settings }, () => false);
    const [first, again, other, ofOtherRun] = inbox.ids;
    expect(again).toBe(first);
    expect(ofOtherRun).toBeDefined();
    expect(new Set([first, other, ofOtherRun]).size).toBe(3);
  });
});

describe('no mail goes out', () => {
  it('a second time, whatever happened after the server had accepted it', async () => {
    const { invite, inbox, kratos, person } = await imported();
    kratos.afterRequest = (request) => {
      if (request === 'update') throw new KratosError('unavailable', 'Kratos does not answer');
    };
    await expect(invite()).rejects.toThrow('Kratos does not answer');
    kratos.afterRequest = () => undefined;
    kratos.beforeRequest = (request) => {
      if (request === 'update') throw new KratosError('unavailable', 'Kratos is away');
    };
    await expect(invite()).rejects.toThrow('Kratos is away');
    kratos.beforeRequest = () => undefined;
    expect(await invite()).toEqual({ state: 'sent', mailed: false });
    expect(await invite()).toEqual({ state: 'sent', mailed: false });
    expect(inbox.mails).toHaveLength(1);
    expect(invitationIn(person())).toHaveProperty('sentAt', NOW.toISOString());
  });

  it('a second time when the store cannot keep that the first one went out', async () => {
    const { invite, inbox, store, person, due } = await imported();
    await due();
    const create = vi.spyOn(store, 'create').mockRejectedValue(new StoreError('the store is away'));
    await expect(invite()).rejects.toThrow('the store is away');
    create.mockRestore();
    expect(invitationIn(person())).toHaveProperty('sentAt');
    expect(await invite()).toEqual({ state: 'none', mailed: false });
    expect(inbox.mails).toHaveLength(1);
  });

  it.each<[string, Partial<NewIdentity>, string]>([
    ['has chosen a password', { hashedPassword: `$2a$04$${'.'.repeat(53)}` }, 'none'],
    ['was invited by another import', { metadataAdmin: sentBefore() }, 'none'],
    ['has an account that is switched off', { state: 'inactive' }, 'due'],
  ])('to a user who %s', async (_who, keys, state) => {
    const { invite, inbox, change, ledger } = await imported();
    change(keys);
    expect(await invite()).toEqual({ state, mailed: false });
    expect(inbox.mails).toEqual([]);
    expect((await ledger()).get(LINE)?.state).toBe(state === 'due' ? undefined : state);
  });

  it('to a user who is deleted', async () => {
    const { invite, inbox, kratos, ledger, due } = await imported();
    const users = [...kratos.identities];
    kratos.identities.clear();
    expect(await invite()).toEqual({ state: 'none', mailed: false });
    expect(inbox.mails).toEqual([]);
    expect((await ledger()).get(LINE)).toMatchObject({ state: 'none', why: 'gone' });
    // Who is there after all is invited when asked for again.
    for (const [id, user] of users) kratos.identities.set(id, user);
    expect(await due()).toEqual({ chunk: 1, lines: [LINE] });
    expect(await invite()).toEqual({ state: 'sent', mailed: true });
    expect(await due()).toBeUndefined();
  });

  it('to a user whose address is no longer one', async () => {
    const { invite, inbox, change, ledger } = await imported();
    change({ traits: { email: 'ann@example.com, eve@example.com' } });
    expect(await invite()).toEqual({ state: 'failed', mailed: false });
    expect(inbox.mails).toEqual([]);
    expect((await ledger()).get(LINE)).toMatchObject({ state: 'failed', why: 'no address' });
  });

  it('from an attempt that was given up', async () => {
    const { invite, inbox, ledger } = await imported();
    await expect(invite(LINE, () => true)).rejects.toThrow('given up');
    expect(inbox.mails).toEqual([]);
    expect(await ledger()).toEqual(new Map());
  });
});

describe('an invitation that the mail server', () => {
  it('refuses for good has failed, and the identity is still due one', async () => {
    const { invite, inbox, ledger, person } = await imported();
    inbox.failures.push(new MailError('refused', 'refused', { status: 550 }));
    expect(await invite()).toEqual({ state: 'failed', mailed: true });
    expect((await ledger()).get(LINE)).toMatchObject({ state: 'failed', why: '550' });
    expect(invitationIn(person())).toEqual({ dueSince: NOW.toISOString() });
  });

  it.each(['away', 'later', 'unsure'] as const)(
    'does not take now (%s) is still due',
    async (kind) => {
      const { invite, inbox, due, ledger } = await imported();
      inbox.failures.push(new MailError(kind, 'not now'));
      await expect(invite()).rejects.toThrow('not now');
      expect(await ledger()).toEqual(new Map());
      expect(await due()).toEqual({ chunk: 1, lines: [LINE] });
    },
  );
});

describe('a user for whom Kratos makes no link', () => {
  it('is tried again later, and holds up no other user', async () => {
    const { deps, chunk } = await imported();
    const kratos = Object.assign(Object.create(deps.kratos) as KratosInMemory, {
      createRecovery: () => Promise.reject(new KratosError('refused', 'Kratos answered 400')),
    });
    const invitation = { ...chunk, line: LINE, settings };
    await expect(
      sendInvitation({ ...deps, kratos }, invitation, () => false),
    ).rejects.toMatchObject({ kind: 'later', message: 'Kratos answered 400' });
  });
});

describe('the index of a chunk that finds the user of a mail', () => {
  it('is written when the chunk is listed, so that a mail reads no outcomes', async () => {
    const { invite, inbox, due, chunk, store } = await imported();
    await due();
    await store.remove([chunk.folder.outcomes(chunk)]);
    expect(await invite()).toEqual({ state: 'sent', mailed: true });
    expect(inbox.mails).toHaveLength(1);
  });

  it('is made anew where it is missing', async () => {
    const { invite, inbox, due, chunk, store } = await imported();
    await due();
    await store.remove([chunk.folder.dueUsers(chunk)]);
    expect(await invite()).toEqual({ state: 'sent', mailed: true });
    expect(inbox.mails).toHaveLength(1);
    expect(await store.stat(chunk.folder.dueUsers(chunk))).toMatchObject({ bytes: 16 });
  });
});

describe('the ledger', () => {
  const at = (minute: number) => `2026-11-02T10:0${minute}:00.000Z`;
  type Entry = Parameters<typeof addInvitation>[1];

  it.each<[string, Entry[], Partial<Entry>]>([
    [
      'a mail that went out, whatever was decided before or after it',
      [
        { line: LINE, state: 'failed', at: at(1), why: '30 tries' },
        { line: LINE, state: 'sent', at: at(2) },
        { line: LINE, state: 'none', at: at(3) },
      ],
      { state: 'sent', at: at(2) },
    ],
    [
      'the first of two mails',
      [
        { line: LINE, state: 'sent', at: at(2) },
        { line: LINE, state: 'sent', at: at(1) },
      ],
      { state: 'sent', at: at(1) },
    ],
    [
      'else the first decision',
      [
        { line: LINE, state: 'none', at: at(2) },
        { line: LINE, state: 'failed', at: at(1), why: 'no answer after the mail' },
      ],
      { state: 'failed', at: at(1), why: 'no answer after the mail' },
    ],
    [
      'nothing before a user who was not there',
      [
        { line: LINE, state: 'none', at: at(1), why: 'gone' },
        { line: LINE, state: 'failed', at: at(2), why: '550' },
      ],
      { state: 'failed', at: at(2), why: '550' },
    ],
  ])('says %s', async (_what, entries, expected) => {
    const { chunk, ledger } = await imported();
    for (const entry of entries) await addInvitation(chunk, entry);
    expect(await ledger()).toEqual(new Map([[LINE, { line: LINE, ...expected }]]));
  });

  it('has no text in a name but letters, digits and signs of its own', async () => {
    const { chunk, store, ledger } = await imported();
    const why = `../../${'ä'.repeat(3)}\n/x y${'z'.repeat(900)}`;
    await addInvitation(chunk, { line: LINE, state: 'failed', at: at(1), why });
    for await (const { key } of store.list(chunk.folder.invitations(chunk))) {
      expect(key).toMatch(
        /^[\w-]+\/[\w-]+\/invitations\/1-\w{12}\.mails\/2\.failed\.\d{13}\.\w{1,60}$/,
      );
    }
    expect((await ledger()).get(LINE)).toMatchObject({ state: 'failed' });
  });

  it('passes over files that are none of its own', async () => {
    const { chunk, store, ledger } = await imported();
    for (const name of ['2.sent', '2.sent.', 'x.sent.1', '2.lost.1', '2.sent.1.a.b', '.nfs0001']) {
      await store.create(`${chunk.folder.invitations(chunk)}/${name}`, '');
    }
    expect(await ledger()).toEqual(new Map());
  });
});

describe('a due user', () => {
  it('is listed by line, without the decided rows', async () => {
    const { invite, due, chunk } = await imported(
      'email,initial_password\nann@example.com,\nbob@example.com,secret-word-1\ncarol@example.com,\n',
    );
    expect(await due()).toEqual({ chunk: 1, lines: [2, 4] });
    await invite(2);
    expect(await due()).toEqual({ chunk: 1, lines: [4] });
    await giveUpInvitation(chunk, { line: 4, why: '30 tries', at: NOW });
    expect(await due()).toBeUndefined();
  });

  it('is not given up when a mail went out after all', async () => {
    const { invite, chunk, ledger } = await imported();
    await invite();
    await giveUpInvitation(chunk, { line: LINE, why: '30 tries', at: NOW });
    expect((await ledger()).get(LINE)?.state).toBe('sent');
  });
});

function sentBefore(): NewIdentity['metadataAdmin'] {
  const invitation = { dueSince: NOW.toISOString(), sentAt: NOW.toISOString() };
  return { csv_import: { ...RUN, line: LINE, invitation } };
}
