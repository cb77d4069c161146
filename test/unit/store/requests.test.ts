/** What the work on a run asks of its store: with one that is far away, each request is a round trip. */
import { describe, expect, it } from 'vitest';
import { nextDuePage } from '../../../src/invitations/due-rows.js';
import { sendInvitation } from '../../../src/invitations/send-invitation.js';
import { loadTemplates } from '../../../src/invitations/mail/invitation-mail.js';
import { EVERYTHING, identityOf } from '../../support/candidates.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { CountingStore } from '../../support/counting-store.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

const ROWS = 500;

const numbers = Array.from({ length: ROWS }, (_, i) => i);
const emailOf = (i: number) => `user${i}@example.com`;
const FILE = `email,role,initial_password\n${numbers.map((i) => `${emailOf(i)},admin,long enough\n`).join('')}`;
const INVITED = `email\n${numbers.map((i) => `${emailOf(i)}\n`).join('')}`;

async function planned(content: string, given: Given = {}) {
  const store = new CountingStore();
  const run = await PlannedRun.of(content, { store, ...given });
  store.take();
  return { store, run };
}

describe('validation', () => {
  it('looks for a plan, and writes three files', async () => {
    const store = new CountingStore();
    await PlannedRun.of(FILE, { store });
    // One more is the test's own.
    expect(store.take()).toEqual({ read: 2, write: 2, create: 1 });
  });
});

describe(`a chunk of ${ROWS} rows`, () => {
  it('that is created: sign-in, outcomes and audit events are written', async () => {
    const { store, run } = await planned(FILE);
    await attempt(run, new KratosInMemory());
    // What is read: the chunks' lines, once for a thousand chunks; whether there are outcomes. Twice for the test.
    expect(store.take()).toEqual({ read: 3, list: 1, create: 3 });
  });

  it('that exists already: nobody is created, so that there is nothing to audit', async () => {
    const { store, run } = await planned(FILE);
    const kratos = new KratosInMemory();
    for (const i of numbers) kratos.store(identityOf({ email: emailOf(i), role: 'user' }));
    expect(await attempt(run, kratos)).toMatchObject({ skipped: ROWS });
    // Whether the attempt is the first one is asked after the conflicts.
    expect(store.take()).toEqual({ read: 3, list: 2, create: 2 });
  });

  it('that is changed: what is about to be changed takes what was decided along', async () => {
    const { store, run } = await planned(FILE, {
      input: { mode: 'update', allow: [...EVERYTHING] },
    });
    const kratos = new KratosInMemory();
    for (const i of numbers) kratos.store(identityOf({ email: emailOf(i), role: 'user' }));
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ updated: ROWS });
    // Ten groups of fifty users.
    expect(store.take()).toEqual({ read: 3, list: 1 + 10, create: 1 + 10 + 2 });
  });

  it('that another attempt has done: its outcomes are read', async () => {
    const { store, run } = await planned(FILE);
    const kratos = new KratosInMemory();
    await attempt(run, kratos);
    store.take();
    await attempt(run, kratos);
    expect(store.take()).toEqual({ read: 2, create: 2 });
  });
});

describe('a mail', () => {
  it('asks for the names of the mails of its chunk and for the id of its user, and is written down', async () => {
    const { store, run } = await planned(INVITED);
    const kratos = new KratosInMemory();
    await attempt(run, kratos);
    store.take();
    await nextDuePage(run, 1, () => undefined);
    expect(store.take()).toEqual({ read: 1, list: 1, create: 1 });
    const deps = {
      kratos,
      mailer: { send: async () => {}, verify: async () => {}, close: () => {} },
      templates: loadTemplates(),
      appName: 'Example Platform',
      mailDomain: 'example.org',
      now: () => NOW,
    };
    const settings = { method: 'link', expiresIn: '30m' } as const;
    for (const line of [2, 3]) {
      const invitation = { ...(await run.chunk(1)), line, settings };
      await sendInvitation(deps, invitation, () => false);
      expect(store.take()).toEqual({ read: 1, list: 1, create: 1 });
    }
  });
});
