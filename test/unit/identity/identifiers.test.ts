import { describe, expect, it } from 'vitest';
import { claimReader, hiddenPaths, uniqueReader } from '../../../src/identity/identifiers.js';
import {
  EMAIL_TRAIT,
  PHONE_TRAIT,
  schemaOf,
  USERNAME_TRAIT,
} from '../../support/identity-schemas.js';

const usedFor = (use: Record<string, unknown>) => ({ type: 'string', 'ory.sh/kratos': use });

describe('what Kratos lets no two users have', () => {
  it('are identifiers by the type of credentials, and addresses by what they are for', () => {
    const schema = schemaOf({
      username: usedFor({
        credentials: { password: { identifier: true }, webauthn: { identifier: true } },
      }),
      phone: PHONE_TRAIT,
      nick: { type: 'string' },
      device: usedFor({ credentials: { totp: { account_name: true } } }),
    });
    const traits = {
      email: ' Ann@Example.COM',
      username: 'ANN ',
      phone: '+49 (170) 234-5678',
      nick: 'ann',
      device: 'ann',
    };
    expect(uniqueReader(schema)({ traits, external_id: 'Id 1' })).toEqual([
      { index: 'password', form: 'ann@example.com', foundBy: 'identifier' },
      { index: 'verification email', form: 'ann@example.com' },
      { index: 'recovery email', form: 'ann@example.com' },
      { index: 'password', form: 'ann', foundBy: 'identifier' },
      { index: 'webauthn', form: 'ann', foundBy: 'identifier' },
      { index: 'code', form: '+491702345678', foundBy: 'identifier' },
      { index: 'external_id', form: 'Id 1', foundBy: 'external_id' },
    ]);
  });

  it('are in lists, in objects, and wherever else the schema has them, each once', () => {
    const schema = schemaOf({
      emails: { type: 'array', items: EMAIL_TRAIT },
      contact: {
        allOf: [{ properties: { login: USERNAME_TRAIT } }],
        properties: { login: USERNAME_TRAIT },
      },
      number: { ...USERNAME_TRAIT, type: 'integer' },
    });
    const traits = {
      email: 'a@example.com',
      emails: ['B@example.com', 'c@example.com'],
      contact: { login: 'Ann' },
      number: 12,
    };
    const found = uniqueReader(schema)({ traits });
    expect(found.flatMap(({ index, form }) => (index === 'password' ? form : []))).toEqual([
      'a@example.com',
      'b@example.com',
      'c@example.com',
      'ann',
      '12',
    ]);
  });

  it('are not what is empty, or no phone number where Kratos takes nothing else', () => {
    const schema = schemaOf({ username: USERNAME_TRAIT, phone: PHONE_TRAIT });
    const traits = { username: ' ', phone: '0170 2345678' };
    expect(uniqueReader(schema)({ traits })).toEqual([]);
  });

  it('are found by nobody where an address is no identifier', () => {
    const backup = usedFor({ recovery: { via: 'email' } });
    expect(hiddenPaths(schemaOf({ username: USERNAME_TRAIT, phone: PHONE_TRAIT }))).toEqual([]);
    expect(hiddenPaths(schemaOf({ backup }))).toEqual([['backup']]);
    expect(hiddenPaths(schemaOf({ backups: { type: 'array', items: backup } }))).toEqual([
      ['backups', '*'],
    ]);
  });
});

describe('what no two rows may have', () => {
  const keys = (traits: Record<string, unknown>, external_id?: string) => {
    const schema = schemaOf({ username: USERNAME_TRAIT, phone: PHONE_TRAIT });
    return claimReader(schema, ['email'])(traits, external_id).map(({ key }) => key);
  };

  it.each([
    ['case and blanks', 'Ann', ' ANN'],
    ['Unicode form', 'zo\u00e9', 'zoe\u0301'],
    ['invisible characters', 'ann', 'a\u200bn\u00adn'],
    ['the spelling of a phone number', '+49 170 2345678', '+491702345678'],
  ])('is the same but for %s', (_what, a, b) => {
    expect(keys({ username: a })).toEqual(keys({ username: b }));
  });

  it.each([
    ['another name', 'ann', 'anna'],
    ['a name like a number', '0170', '170'],
    ['numbers that no country has', '+49301', '+49 301'],
  ])('is not %s', (_what, a, b) => {
    expect(keys({ username: a })).not.toEqual(keys({ username: b }));
  });

  it('is not the address, which is claimed by itself', () => {
    expect(keys({ email: 'ann@example.com' })).toEqual([]);
  });

  it('is an external id as it is written, whatever else has its text', () => {
    expect(keys({}, 'A1')).not.toEqual(keys({}, 'a1'));
    expect(keys({}, 'a1')).not.toEqual(keys({ username: 'a1' }));
  });

  it('is a phone number in every spelling that Kratos takes for one', () => {
    const spellings = [
      '+491702345678',
      '+49 (0)170 2345678',
      'tel:+49-170-2345678',
      '\uff0b491702345678',
    ];
    expect(new Set(spellings.flatMap((phone) => keys({ phone })))).toEqual(
      new Set(['+491702345678']),
    );
  });
});
