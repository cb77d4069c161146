import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/contract/import/outcomes.js';
import { afterImage, passwordDigest, type Profile } from '../../../src/identity/after-image.js';
import type { StoredIdentity } from '../../../src/identity/identity.js';
import { placeholderHash } from '../../../src/passwords/placeholder.js';
import { decideCreated, decideUpdated } from '../../../src/undo/decision.js';
import { RUN } from '../../support/planned-run.js';

const ID = '0b7c2c9e-3f0a-4f5e-9d3b-0b5a3f6d7e10';
const HASH = 'hash of a password';
const PLACEHOLDER = placeholderHash(4, (length) => new Uint8Array(length).fill(7));
const ORIGIN = { ...RUN, line: 2 };

const PROFILE: Profile = {
  schemaId: 'default',
  traits: { email: 'Ann@example.com', name: { first: 'Ann', last: 'Lee' } },
  metadataAdmin: { csv_import: ORIGIN },
  state: 'active',
  verifiedEmails: ['ann@example.com'],
};
const AFTER = afterImage(ID, PROFILE, HASH);

function userOf(keys: Partial<StoredIdentity> = {}, fields: object = {}): StoredIdentity {
  return {
    id: ID,
    schemaId: 'default',
    // As a database gives it back: keys in another order, null where nothing was given.
    fields: {
      state: 'active',
      traits: { name: { last: 'Lee', first: 'Ann' }, email: 'Ann@example.com' },
      metadata_public: null,
      metadata_admin: { csv_import: { ...ORIGIN, invitation: { sentAt: 'now' } } },
      ...fields,
    },
    passwordHash: HASH,
    signIns: [],
    otherCredentials: [],
    verifiedAddresses: ['ann@example.com'],
    ...keys,
  };
}

const decisionOn = (
  user: StoredIdentity | undefined,
  { after = AFTER, hasSessions = false, force = false } = {},
): string => {
  const decision = decideCreated({ after }, { ...(user && { user }), hasSessions }, RUN, force);
  return decision.do === 'keep' ? decision.reason : decision.do;
};

const admin = (csv_import: object | undefined, others = {}) => ({
  metadata_admin: { ...others, ...(csv_import && { csv_import }) },
});

describe('a user whom the run created', () => {
  it('is deleted when unchanged since', () => {
    expect(decisionOn(userOf())).toBe('delete');
  });

  it('is already deleted when Kratos does not have them, force or not', () => {
    expect(decisionOn(undefined)).toBe('already-deleted');
    expect(decisionOn(undefined, { force: true })).toBe('already-deleted');
  });

  it.each<[what: string, user: StoredIdentity, reason: string]>([
    ['another first name', userOf({}, { traits: { email: 'Ann@example.com' } }), 'changed'],
    ['another state', userOf({}, { state: 'inactive' }), 'changed'],
    ['an external id', userOf({}, { external_id: 'e-1' }), 'changed'],
    ['public metadata', userOf({}, { metadata_public: { plan: 'pro' } }), 'changed'],
    ['admin metadata', userOf({}, admin(ORIGIN, { note: 1 })), 'changed'],
    ['another schema', userOf({ schemaId: 'person' }), 'changed'],
    ['another verified address', userOf({ verifiedAddresses: ['a@example.org'] }), 'changed'],
    ['another password', userOf({ passwordHash: 'other' }), 'password_set'],
    ['a second factor', userOf({ otherCredentials: ['totp'] }), 'credential_added'],
  ])('is kept with %s, and deleted by force', (_what, user, reason) => {
    expect(decisionOn(user)).toBe(reason);
    expect(decisionOn(user, { force: true })).toBe('delete');
  });

  describe('and came with sign-ins and a second factor', () => {
    const after = afterImage(
      ID,
      {
        ...PROFILE,
        signIns: [
          { provider: 'google', subject: '1' },
          { provider: 'github', subject: '2' },
        ],
        samlSignIns: [{ provider: 'google', subject: '1' }],
        totpUrl: 'otpauth://totp/ann?secret=JBSWY3DPEHPK3PXP',
      },
      undefined,
    );
    const signIns = ['saml google:1', 'oidc google:1', 'oidc github:2'];
    const user = (more: Partial<StoredIdentity>) =>
      userOf({ passwordHash: undefined, signIns, otherCredentials: ['totp'], ...more });

    it.each<[what: string, more: Partial<StoredIdentity>, becomes: string]>([
      ['exactly these', {}, 'delete'],
      ['another account', { signIns: [...signIns, 'oidc github:3'] }, 'credential_added'],
      [
        'another account in place of one',
        { signIns: [...signIns.slice(1), 'oidc github:3'] },
        'credential_added',
      ],
      ['one account less', { signIns: signIns.slice(1) }, 'changed'],
      ['the authenticator removed', { otherCredentials: [] }, 'changed'],
      ['recovery codes', { otherCredentials: ['totp', 'lookup_secret'] }, 'credential_added'],
      ['a password', { passwordHash: 'chosen' }, 'password_set'],
    ])('with %s: %j', (_what, more, becomes) => {
      expect(decisionOn(user(more), { after })).toBe(becomes);
      expect(decisionOn(user(more), { after, force: true })).toBe('delete');
    });

    it('keeps no word of them', () => {
      expect(JSON.stringify(after)).not.toMatch(/google|github|JBSWY/);
    });
  });

  it('is kept with another organization', () => {
    const after = afterImage(ID, { ...PROFILE, organizationId: 'o-1' }, HASH);
    expect(decisionOn(userOf({}, { organization_id: 'o-1' }), { after })).toBe('delete');
    expect(decisionOn(userOf({}, { organization_id: 'o-2' }), { after })).toBe('changed');
    expect(decisionOn(userOf(), { after })).toBe('changed');
    expect(decisionOn(userOf({}, { organization_id: 'o-1' }))).toBe('changed');
  });

  it('is kept once they have logged in', () => {
    expect(decisionOn(userOf(), { hasSessions: true })).toBe('logged_in');
    expect(decisionOn(userOf(), { hasSessions: true, force: true })).toBe('delete');
  });

  it.each([
    ['no origin', userOf({}, admin(undefined))],
    ['no metadata', userOf({}, { metadata_admin: null })],
    ['another run', userOf({}, admin({ ...ORIGIN, runId: 'another' }))],
    ['another workflow', userOf({}, admin({ ...ORIGIN, workflowId: 'another' }))],
  ])('is never deleted when their origin is %s', (_what, user) => {
    expect(decisionOn(user)).toBe('other_origin');
    expect(decisionOn(user, { force: true })).toBe('other_origin');
  });

  it('is kept when their fields were not recorded, except with force', () => {
    const row = { hasSessions: false };
    expect(decideCreated({}, { ...row, user: userOf() }, RUN, false)).toEqual({
      do: 'keep',
      reason: 'not_recorded',
    });
    expect(decideCreated({}, { ...row, user: userOf() }, RUN, true)).toEqual({ do: 'delete' });
  });

  it('without a given password is recognized by the form of the hash', () => {
    const after = afterImage(ID, PROFILE, undefined);
    expect(decisionOn(userOf({ passwordHash: PLACEHOLDER }), { after })).toBe('delete');
    expect(decisionOn(userOf({ passwordHash: 'chosen' }), { after })).toBe('password_set');
  });

  it('has digests that differ from those of a user with the same values', () => {
    const other = afterImage('another', PROFILE, HASH);
    expect(other.content).not.toBe(AFTER.content);
    expect(other.password).not.toBe(AFTER.password);
  });
});

describe('a user whom the run updated', () => {
  const changes: Change[] = [
    { path: '/traits/role', before: 'user', after: 'admin' },
    {
      path: '/metadata_public/hr/badge',
      after: '7',
      made: { path: '/metadata_public', was: null },
    },
  ];
  const left = { traits: { role: 'admin' }, metadata_public: { hr: { badge: '7' } } };
  const before = { traits: { role: 'user' }, metadata_public: null };
  const of = (fields: object, { force = false, isBegun = false, all = changes } = {}) =>
    decideUpdated(
      { changes: all },
      { user: userOf({}, fields), hasSessions: true },
      force,
      isBegun,
    );

  it('is restored when all fields are as the run left them, logged in or not', () => {
    expect(of(left)).toEqual({
      do: 'restore',
      patch: [
        { op: 'remove', path: '/metadata_public/hr/badge' },
        { op: 'remove', path: '/metadata_public/hr' },
        { op: 'replace', path: '/metadata_public', value: null },
        { op: 'add', path: '/traits/role', value: 'user' },
      ],
    });
  });

  it('is kept whole when any field is another, and restored by force', () => {
    const since = { ...left, traits: { role: 'support' } };
    expect(of(since)).toEqual({ do: 'keep', reason: 'changed' });
    expect(of(since, { force: true }).do).toBe('restore');
  });

  it('is restored without another request when an earlier undo did it and the answer was lost', () => {
    expect(of(before, { isBegun: true })).toEqual({ do: 'restore', patch: [] });
    expect(of(before)).toEqual({ do: 'keep', reason: 'changed' });
  });

  describe('with a password that the run set', () => {
    const record = { was: PLACEHOLDER, digest: passwordDigest(ID, HASH) };
    const withHash = (passwordHash: string | undefined, { force = false, isBegun = false } = {}) =>
      decideUpdated(
        { changes, password: record },
        { user: userOf({ passwordHash }, left), hasSessions: true },
        force,
        isBegun,
      );

    it('gets the placeholder back where the password is still that one', () => {
      expect(withHash(HASH)).toMatchObject({
        do: 'restore',
        password: { from: HASH, to: PLACEHOLDER, evenSignedIn: false },
      });
      const alone = decideUpdated(
        { changes: [], password: record },
        { user: userOf(), hasSessions: false },
        true,
        false,
      );
      expect(alone).toEqual({
        do: 'restore',
        patch: [],
        password: { from: HASH, to: PLACEHOLDER, evenSignedIn: true },
      });
    });

    it.each([false, true])('keeps what they have chosen since, force %s', (force) => {
      expect(withHash('chosen', { force })).toEqual({ do: 'keep', reason: 'password_set' });
      expect(withHash(undefined, { force })).toEqual({ do: 'keep', reason: 'password_set' });
    });

    it('is restored without it where an undo that died has put the placeholder back', () => {
      expect(withHash(PLACEHOLDER, { isBegun: true })).toMatchObject({ do: 'restore' });
      expect(withHash(PLACEHOLDER, { isBegun: true })).not.toHaveProperty('password.from');
    });
  });

  it('gets back a value that the run removed, unless there is another one since', () => {
    const all: Change[] = [{ path: '/traits/role', before: 'user', removed: true }];
    expect(of({ traits: {} }, { all })).toEqual({
      do: 'restore',
      patch: [{ op: 'add', path: '/traits/role', value: 'user' }],
    });
    expect(of({ traits: { role: 'admin' } }, { all })).toEqual({ do: 'keep', reason: 'changed' });
  });

  it('is kept after a purge of the values, force or not', () => {
    const all = changes.map(({ path }) => ({ path }));
    for (const force of [false, true]) {
      expect(of(left, { all, force })).toEqual({ do: 'keep', reason: 'purged' });
      expect(of(left, { all: [], force })).toEqual({ do: 'keep', reason: 'purged' });
    }
  });
});
