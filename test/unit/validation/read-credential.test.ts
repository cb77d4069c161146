/** Cells of what users sign in with, besides passwords. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImportRow } from '../../../src/identity/identity.js';
import { noRow } from '../../../src/validation/checked-row.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { mapOf } from '../../support/candidates.js';
import { personSchema } from '../../support/identity-schemas.js';

/** A row of an address and one other cell. */
function read(target: string, cell: string, more: object = {}) {
  const map = mapOf(['email', 'it'], { it: target }, personSchema);
  const check = createRowCheck({ map, schema: personSchema, roles: [], ...more });
  const { importRow, problems, claims } = check(['ann@example.com', cell]);
  return { importRow, claims, codes: problems.map(({ code }) => code), problems };
}

const HANDLE = Buffer.from('a handle').toString('base64');
const PASSKEYS = { user_handle: HANDLE, credentials: [{ id: 'AQID', public_key: 'AQID' }] };
const ORGANIZATION = '0B7C2C9E-3F0A-4F5E-9D3B-0B5A3F6D7E10';

it.each<[target: string, cell: string, row: Partial<ImportRow>]>([
  ['sign_in.google', ' 1001 ', { signIns: [{ provider: 'google', subject: '1001' }] }],
  ['sign_in.google.com', 'x:1', { signIns: [{ provider: 'google.com', subject: 'x:1' }] }],
  ['saml.okta', 'ann', { samlSignIns: [{ provider: 'okta', subject: 'ann' }] }],
  ['password_migration_hook', 'Yes', { passwordHook: true }],
  ['password_migration_hook', '0', {}],
  ['organization_id', ORGANIZATION, { organizationId: ORGANIZATION.toLowerCase() }],
  ['totp_url', 'otpauth://totp/A?secret=JBSWY3DP', { totpUrl: 'otpauth://totp/A?secret=JBSWY3DP' }],
  ['lookup_codes', 'a1 b2,c3;d4', { lookupCodes: ['a1', 'b2', 'c3', 'd4'] }],
  ['passkeys', JSON.stringify(PASSKEYS), { passkeys: PASSKEYS }],
])('%s takes %j', (target, cell, row) => {
  const { importRow, codes } = read(target, cell);
  expect(codes).toEqual([]);
  const { email, traits } = importRow;
  expect(importRow).toEqual({ ...noRow(), email, traits, ...row });
});

it.each<[target: string, cell: string, code: string]>([
  ['sign_in.google', '1.08E+20', 'invalid_credential'],
  ['sign_in.google', 'NULL', 'null_literal'],
  ['saml.okta', 'n/a', 'null_literal'],
  ['sign_in.google', '10\u200b01', 'invisible_character'],
  ['password_migration_hook', 'hooked', 'invalid_credential'],
  ['organization_id', 'acme', 'invalid_credential'],
  ['totp_url', 'JBSWY3DP', 'invalid_credential'],
  ['totp_url', 'otpauth://hotp/A?secret=JBSWY3DP', 'invalid_credential'],
  ['totp_url', 'otpauth://totp/A?secret=018', 'invalid_credential'],
  ['lookup_codes', 'a1 b2 a1', 'invalid_credential'],
  ['passkeys', '[]', 'invalid_credential'],
  ['passkeys', JSON.stringify({ ...PASSKEYS, user_handle: '' }), 'invalid_credential'],
  ['passkeys', JSON.stringify({ ...PASSKEYS, credentials: [] }), 'invalid_credential'],
])('%s refuses %j as %s, without a word of it', (target, cell, code) => {
  const { codes, problems } = read(target, cell);
  expect(codes).toContain(code);
  for (const { reason } of problems) expect(reason).not.toContain(cell);
});

describe('a sign-in', () => {
  it.each([
    [undefined, []],
    [['google'], []],
    [['github', 'Google'], ['unknown_provider']],
    [[], ['unknown_provider']],
  ])('of google, where Kratos has %j: %j', (providers, codes) => {
    expect(read('sign_in.google', '1', { providers }).codes).toEqual(codes);
    expect(read('sign_in.google', '', { providers }).codes).toEqual([]);
    expect(read('saml.google', '1', { providers }).codes).toEqual([]);
  });

  it('by passkeys is found by their handle, which is the row’s own', () => {
    const { claims } = read('passkeys', JSON.stringify(PASSKEYS));
    const again = read('passkeys', JSON.stringify({ ...PASSKEYS, credentials: [{ id: 'BAUG' }] }));
    expect(claims).toHaveLength(1);
    expect(again.claims).toEqual(claims);
  });

  it('cannot be cleared', () => {
    expect(read('sign_in.google', '(none)', { clear: '(none)' }).codes).toEqual([
      'invalid_credential',
    ]);
  });

  it('is the row’s own exactly where Kratos keeps the same text for it', () => {
    const subject = fc.stringMatching(/^[0-9ab:]{1,3}$/);
    const target = fc.constantFrom('sign_in.a', 'sign_in.a:b', 'saml.a', 'external_id');
    const keyOf = (to: string, cell: string) => read(to, cell).claims.map(({ key }) => key)[0];
    const textOf = (to: string, cell: string) => {
      const [kind, provider] = to.split('.');
      return provider === undefined ? `${to} ${cell}` : `${kind} ${provider}:${cell}`;
    };
    fc.assert(
      fc.property(target, subject, target, subject, (oneTo, one, otherTo, other) => {
        const isSame = keyOf(oneTo, one) === keyOf(otherTo, other);
        expect(isSame).toBe(textOf(oneTo, one) === textOf(otherTo, other));
      }),
    );
  });
});
