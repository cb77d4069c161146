import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { passwordDigest } from '../../../src/identity/after-image.js';
import { isPlaceholderHash } from '../../../src/passwords/placeholder.js';
import { attempt, Died, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { identityOf } from '../../support/candidates.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { pathOf, PlannedRun, type Given } from '../../support/planned-run.js';

const EARLIER = { workflowId: 'earlier', runId: '11111111-7425-40de-944b-e07fc1f90ae7' };
const FILE = `email,initial_password,first_name
ann@example.com,a long password,New
ben@example.com,a long password,
`;
const NAME = { columns: { first_name: 'traits.first_name' } };

/** Users whom an earlier import created without a password. */
async function kratosWith(given: Given = {}, habits = {}): Promise<KratosInMemory> {
  const kratos = new KratosInMemory(habits);
  const run = await PlannedRun.of('email\nann@example.com\nben@example.com\n', {
    ...given,
    kratos,
    run: EARLIER,
  });
  await attempt(run, kratos);
  return kratos;
}

function lateRun(kratos: KratosInMemory, input = {}): Promise<PlannedRun> {
  return PlannedRun.of(FILE, {
    kratos,
    input: { setPasswords: 'placeholder', ...NAME, ...input },
  });
}

const hashOf = (kratos: KratosInMemory, email: string) => kratos.byEmail(email)![1].hashedPassword!;
const outcomesOf = async (run: PlannedRun) => (await outcomes(run)).map(({ outcome }) => outcome);

function choose(kratos: KratosInMemory, email: string): void {
  const [id, identity] = kratos.byEmail(email)!;
  kratos.identities.set(id, { ...identity, hashedPassword: 'chosen' });
}

describe('late hashes', () => {
  it('are set for users with the placeholder of an earlier import, in skip mode nothing else', async () => {
    const kratos = await kratosWith();
    const run = await lateRun(kratos);
    expect(await attempt(run, kratos)).toMatchObject({ updated: 2, due: 0 });
    const [id, ann] = kratos.byEmail('ann@example.com')!;
    expect(ann).toMatchObject({ hashedPassword: 'hash of a long password' });
    expect(ann.traits).toEqual({ email: 'ann@example.com' });
    expect(await outcomes(run)).toMatchObject([
      {
        outcome: 'updated',
        identityId: id,
        changes: [],
        invitation: 'none',
        effects: { kinds: ['password'], roles: [] },
        password: { digest: passwordDigest(id, 'hash of a long password') },
      },
      { outcome: 'updated' },
    ]);
  });

  it('keep the hash out of the journal, the outcomes and the audit trail', async () => {
    const kratos = await kratosWith();
    const run = await lateRun(kratos);
    kratos.afterRequest = (request) => {
      if (request === 'update') throw new Died();
    };
    await expect(attempt(run, kratos)).rejects.toThrow(Died);
    const journal = JSON.stringify([...(await journalOf(run)).passwords]);
    expect(journal).toContain('digest');
    expect(journal).not.toContain('hash of');
    kratos.afterRequest = () => undefined;
    await attempt(run, kratos);
    const files = [run.folder.outcomes(await run.chunk(1)), run.folder.audit(await run.chunk(1))];
    for (const file of files) {
      expect(await readFile(pathOf(run.folder, file), 'utf8')).not.toContain('hash of');
    }
  });

  it('go with the other changes in update mode, and fail with them', async () => {
    const kratos = await kratosWith();
    const run = await lateRun(kratos);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ updated: 2 });
    expect(kratos.byEmail('ann@example.com')![1].traits).toMatchObject({ first_name: 'New' });
    expect((await outcomes(run))[0]).toMatchObject({
      changes: [{ path: '/traits/first_name' }],
      password: {},
    });

    const strict = await kratosWith(
      {},
      {
        refuses: ({ traits }: { traits: object }) =>
          'first_name' in traits ? { status: 400, reason: 'no' } : undefined,
      },
    );
    const refused = await lateRun(strict);
    await attempt(refused, strict, { mode: 'update' });
    expect(await outcomesOf(refused)).toEqual(['failed', 'updated']);
    expect(isPlaceholderHash(hashOf(strict, 'ann@example.com'))).toBe(true);
  });

  it('leave alone who has chosen a password, who is of no import, and all unless asked', async () => {
    const kratos = await kratosWith();
    choose(kratos, 'ann@example.com');
    const [id, ben] = kratos.byEmail('ben@example.com')!;
    kratos.identities.set(id, {
      ...identityOf({ email: 'ben@example.com' }),
      hashedPassword: ben.hashedPassword,
    });
    const run = await lateRun(kratos);
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 2 });
    const never = await lateRun(await kratosWith(), { setPasswords: 'never' });
    expect(await attempt(never, await kratosWith())).toMatchObject({ skipped: 2 });
  });

  it('leave alone who chooses a password between read and write', async () => {
    const kratos = await kratosWith();
    const run = await lateRun(kratos);
    kratos.beforeRequest = (request) => {
      if (request === 'update') choose(kratos, 'ann@example.com');
    };
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 1, updated: 1 });
    expect(hashOf(kratos, 'ann@example.com')).toBe('chosen');
  });

  it('are told as left alone where Kratos cannot compare and the user is signed in', async () => {
    const kratos = await kratosWith({}, { comparesPasswords: false });
    kratos.sessions.add(kratos.byEmail('ann@example.com')![0]);
    const run = await lateRun(kratos);
    expect(await attempt(run, kratos)).toMatchObject({ left_alone: 1, updated: 1 });
    expect((await outcomes(run))[0]).toMatchObject({ codes: ['signed_in'], invitation: 'due' });
  });

  it.each(['before', 'after'] as const)(
    'are told once, whichever write an attempt dies %s, although each attempt makes its own hash',
    async (when) => {
      for (const deadly of [1, 2]) {
        const kratos = await kratosWith();
        const run = await lateRun(kratos);
        let writes = 0;
        const die = (request: string) => {
          if (request === 'update' && ++writes === deadly) throw new Died();
        };
        if (when === 'before') kratos.beforeRequest = die;
        else kratos.afterRequest = die;
        let hashes = 0;
        const hash = async (password: string) => `hash ${++hashes} of ${password}`;
        await expect(attempt(run, kratos, { hash })).rejects.toThrow(Died);
        const dead = ['ann', 'ben'].map((name) => hashOf(kratos, `${name}@example.com`));
        expect(await attempt(run, kratos, { hash })).toMatchObject({ updated: 2 });
        const set = ['ann', 'ben'].map((name) => hashOf(kratos, `${name}@example.com`));
        for (const [i, old] of dead.entries())
          if (!isPlaceholderHash(old)) expect(set[i]).toBe(old);
        for (const { password, identityId } of await outcomes(run)) {
          const now = kratos.identities.get(identityId!)!.hashedPassword!;
          expect(password!.digest).toBe(passwordDigest(identityId!, now));
        }
      }
    },
  );

  it('are told by both of two attempts at once, whichever comes first', async () => {
    const kratos = await kratosWith();
    const run = await lateRun(kratos);
    let hashes = 0;
    const hash = async (password: string) => `hash ${++hashes} of ${password}`;
    let other: Promise<unknown> | undefined;
    kratos.beforeRequest = async (request) => {
      if (request !== 'update' || other) return;
      other = attempt(run, kratos, { hash });
      await other;
    };
    expect(await attempt(run, kratos, { hash })).toMatchObject({ updated: 2 });
    expect(await other).toMatchObject({ updated: 2 });
  });
});
