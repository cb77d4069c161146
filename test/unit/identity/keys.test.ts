import { describe, expect, it } from 'vitest';
import { describeTarget, parseTarget } from '../../../src/identity/columns.js';
import { cellNamer, keyOf, namesIdentifiers } from '../../../src/identity/keys.js';
import { mapOf } from '../../support/candidates.js';
import {
  EMAIL_TRAIT,
  PHONE_TRAIT,
  schemaOf,
  USERNAME_TRAIT,
} from '../../support/identity-schemas.js';

const TRAITS = {
  contact: { type: 'object', properties: { mail: EMAIL_TRAIT, phone: PHONE_TRAIT } },
  mails: { type: 'array', items: EMAIL_TRAIT },
  username: USERNAME_TRAIT,
};
const SCHEMA = schemaOf(TRAITS, { properties: TRAITS, required: [] });

const pathsOf = (columns: Record<string, string>) =>
  mapOf(Object.keys(columns), columns, SCHEMA).keys.map(({ path }) => path.join('.'));

describe('a target within a list', () => {
  it.each(['traits.emails[0]', 'traits.a.b[99]', 'metadata_public.groups[]'])('%s', (text) => {
    const target = parseTarget(text);
    expect(typeof target).toBe('object');
    expect(describeTarget(target as Exclude<typeof target, string>)).toBe(text);
  });

  it.each([
    'traits[0]',
    'traits.emails[100]',
    'traits.emails[-1]x',
    'state[0]',
    'traits.__proto__[0]',
  ])('%s is none', (text) => {
    const target = parseTarget(text);
    // A name may have brackets in it, elsewhere than at its end.
    if (typeof target !== 'string') expect(target).not.toHaveProperty('entry');
  });
});

describe('what the users of a file are known by', () => {
  it('is the address first, wherever it goes, then what else the file has, in the order of the schema', () => {
    const columns = { u: 'traits.username', p: 'traits.contact.phone', m: 'traits.contact.mail' };
    expect(pathsOf(columns)).toEqual(['contact.mail', 'contact.phone', 'username']);
    expect(pathsOf({ u: 'traits.username', m: 'traits.mails[1]', n: 'traits.mails[0]' })).toEqual([
      'mails.*',
      'username',
    ]);
    expect(pathsOf({ u: 'traits.username' })).toEqual(['username']);
  });

  it('is the address alone where the schema requires it', () => {
    const schema = schemaOf(TRAITS, { properties: TRAITS, required: ['mails'] });
    const map = mapOf(['u', 'm'], { u: 'traits.username', m: 'traits.mails[]' }, schema);
    expect(map.keys).toEqual([{ path: ['mails', '*'], isPhone: false }]);
    expect(namesIdentifiers(map)).toBe(false);
  });

  it('is the first of them that a user has, as Kratos compares it', () => {
    const columns = { u: 'traits.username', p: 'traits.contact.phone', m: 'traits.contact.mail' };
    const map = mapOf(Object.keys(columns), columns, SCHEMA);
    const formOf = (traits: Record<string, unknown>) => keyOf(traits, map)?.form;
    expect(formOf({ username: 'Ann', contact: { mail: ' Ann@Example.com' } })).toBe(
      'ann@example.com',
    );
    expect(formOf({ username: 'Ann', contact: { phone: '+1 415 555 2671' } })).toBe('+14155552671');
    expect(formOf({ username: 'Ann', contact: {} })).toBe('ann');
    for (const username of ['', ' ', 'NULL', null, {}])
      expect(formOf({ username })).toBeUndefined();
  });
});

it('a row that was not imported is named by its cells', () => {
  const columns = { u: 'traits.username', n: 'traits.mails[1]', m: 'traits.mails[0]' };
  const nameOf = cellNamer(mapOf(Object.keys(columns), columns, SCHEMA));
  expect(nameOf(['ann', 'b@example.com', ' a@example.com '])).toEqual({ email: 'a@example.com' });
  expect(nameOf(['ann', 'b@example.com', ''])).toEqual({ email: 'b@example.com' });
  expect(nameOf(['ann', '', ''])).toEqual({ email: '', identifier: 'ann' });
  expect(nameOf([])).toEqual({ email: '' });
  const inOneCell = cellNamer(mapOf(['m'], { m: 'traits.mails[]' }, SCHEMA));
  expect(inOneCell([' ; a@example.com; b@example.com'])).toEqual({ email: 'a@example.com' });
});
