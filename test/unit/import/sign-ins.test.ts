/** Users who come with something else than a password of the file's. */
import { describe, expect, it } from 'vitest';
import { isPlaceholderHash } from '../../../src/passwords/placeholder.js';
import { attempt, Died, outcomes } from '../../support/chunk-attempts.js';
import { identityOf } from '../../support/candidates.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const COLUMNS = {
  ...{ google: 'sign_in.google', okta: 'saml.okta', hook: 'password_migration_hook' },
  ...{ otp: 'totp_url', codes: 'lookup_codes', keys: 'passkeys' },
};
const KEYS = JSON.stringify({ user_handle: 'YQ==', credentials: [{ id: 'YQ==' }] });
const OTP = 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP';

async function planned(lines: string[], input: Record<string, unknown> = {}) {
  const kratos = new KratosInMemory({ providers: ['google'] });
  const file = ['email,google,okta,hook,otp,codes,keys', ...lines, ''].join('\n');
  const run = await PlannedRun.of(file, { kratos, input: { columns: COLUMNS, ...input } });
  return { kratos, run };
}

/** Each with one thing to sign in with, or to add to a password. */
const EACH = {
  google: 'google@example.com,1,,,,,',
  okta: 'okta@example.com,,1,,,,',
  hook: 'hook@example.com,,,true,,,',
  keys: `keys@example.com,,,,,,"${KEYS.replaceAll('"', '""')}"`,
  otp: `otp@example.com,,,,${OTP},,`,
  codes: 'codes@example.com,,,,,a b,',
  nothing: 'nothing@example.com,,,,,,',
};

describe('a user without a password', () => {
  it.each([
    [false, ['otp', 'codes', 'nothing']],
    [true, ['google', 'okta', 'keys', 'otp', 'codes', 'nothing']],
  ])(
    'is invited to choose one where nothing else lets them in; withSignIn: %j',
    async (withSignIn, names) => {
      const { kratos, run } = await planned(Object.values(EACH), { invitations: { withSignIn } });
      await attempt(run, kratos);
      const due = (await outcomes(run)).filter(({ invitation }) => invitation === 'due');
      const invited = names.map((name) => `${name}@example.com`);
      expect(due.map(({ email }) => email)).toEqual(invited);
      for (const { traits, hashedPassword, metadataAdmin } of kratos.identities.values()) {
        const isInvited = invited.includes(String(traits['email']));
        expect(isPlaceholderHash(hashedPassword ?? '')).toBe(isInvited);
        if (!isInvited) expect(hashedPassword).toBeUndefined();
        expect('invitation' in (metadataAdmin['csv_import'] as object)).toBe(isInvited);
      }
    },
  );

  it('is known to an attempt after one that died, with all that they came with', async () => {
    const { kratos, run } = await planned(Object.values(EACH));
    kratos.afterRequest = (request) => {
      if (request === 'createBatch') throw new Died();
    };
    await expect(attempt(run, kratos)).rejects.toThrow(Died);
    kratos.afterRequest = () => undefined;
    expect(await attempt(run, kratos)).toMatchObject({ created: 7, due: 3 });
    const [google, , , keys, otp] = await outcomes(run);
    expect(google!.after!.signIns).toHaveLength(1);
    expect([keys!.after!.others, otp!.after!.others]).toEqual([['passkey'], ['totp']]);
    expect(kratos.identities.size).toBe(7);
  });
});

describe('an account elsewhere that another user has', () => {
  const store = (kratos: KratosInMemory) =>
    kratos.store({
      ...identityOf({ email: 'holder@example.com' }),
      signIns: [{ provider: 'google', subject: '1' }],
    });
  const LINES = ['ann@example.com,1,,,,,', 'ben@example.com,2,,,,,', 'Holder@example.com,3,,,,,'];
  const codesOf = async (run: PlannedRun) =>
    (await outcomes(run)).map(({ outcome, codes = [] }) => [outcome, ...codes]);

  it.each(['skip', 'update'] as const)('fails its row alone, in mode %s', async (mode) => {
    const { kratos, run } = await planned(LINES, { mode });
    const id = store(kratos);
    await attempt(run, kratos, { mode });
    expect(await codesOf(run)).toEqual([
      ['failed', 'sign_in_taken'],
      ['created'],
      [mode === 'skip' ? 'skipped' : 'unchanged'],
    ]);
    expect(kratos.identities.get(id)!.signIns).toEqual([{ provider: 'google', subject: '1' }]);
  });

  it('is foreseen by a live dry run', async () => {
    const { kratos, run } = await planned(LINES, { dryRun: 'live' });
    store(kratos);
    await attempt(run, kratos);
    expect(await codesOf(run)).toEqual([
      ['failed', 'sign_in_taken'],
      ['would_create'],
      ['would_skip'],
    ]);
  });

  it('is none of another letter case', async () => {
    const { kratos, run } = await planned(['ann@example.com,ab,,,,,', 'ben@example.com,AB,,,,,']);
    expect(await attempt(run, kratos)).toMatchObject({ created: 2 });
  });
});
