import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { exampleCsv } from '../../dev/sample/make-sample.mjs';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const rowsOf = (text: string) => parse<Record<string, string>>(text, { columns: true });

describe('examples/users.csv', () => {
  const text = read('../../examples/users.csv');
  const rows = rowsOf(text);
  const column = (name: string) => rows.map((row) => row[name] ?? '');

  it('is what its generator writes, byte for byte', () => {
    expect(exampleCsv() === text).toBe(true);
  });

  it('holds 1,000 people under the default header and one column that is not known', () => {
    expect(text.slice(0, text.indexOf('\n'))).toBe(
      'email,first_name,last_name,role,tenant_id,initial_password,department',
    );
    expect(rows).toHaveLength(1000);
    expect(text).not.toContain('\r');
  });

  it('gives each person an address of their own, however cased, within the domains for examples', () => {
    const addresses = column('email').map((email) => email.toLowerCase());
    expect(new Set(addresses).size).toBe(1000);
    for (const email of addresses) {
      expect(email).toMatch(/^[a-z][a-z-]*\.[a-z][a-z-]*\d*@example\.(com|org|net)$/);
    }
  });

  it('has few admins, some support and four tenants', () => {
    const count = (name: string, value: string) => column(name).filter((v) => v === value).length;
    expect(new Set(column('role'))).toEqual(new Set(['admin', 'support', 'user']));
    expect(new Set(column('tenant_id'))).toEqual(new Set(['t1', 't2', 't3', 't4']));
    expect(count('role', 'admin')).toBeLessThan(count('role', 'support'));
    expect(count('role', 'support')).toBeLessThan(count('role', 'user') / 5);
  });

  it('has passwords of 8 to 20 characters, all different, in about a quarter of the rows', () => {
    const passwords = column('initial_password').filter((password) => password !== '');
    expect(passwords.length).toBeGreaterThan(200);
    expect(passwords.length).toBeLessThan(300);
    expect(new Set(passwords).size).toBe(passwords.length);
    for (const password of passwords) expect(password).toMatch(/^[^=+@\s-].{7,19}$/u);
  });

  it('has what trips careless readers: quoted commas and quotes, accents, apostrophes, other scripts', () => {
    expect(column('last_name').filter((name) => name.includes(', '))).not.toEqual([]);
    expect(column('first_name').filter((name) => name.includes('"'))).not.toEqual([]);
    expect(column('initial_password').filter((p) => p.includes(','))).not.toEqual([]);
    expect(column('initial_password').filter((p) => p.includes('"'))).not.toEqual([]);
    expect(column('last_name').filter((name) => name.includes("'"))).not.toEqual([]);
    expect(column('last_name').filter((name) => /[À-ɏ]/.test(name))).not.toEqual([]);
    expect(column('last_name').filter((name) => /^[^\p{Script=Latin}]+$/u.test(name))).not.toEqual(
      [],
    );
    expect(text.normalize('NFC')).toBe(text);
  });
});

describe('the samples of the script that this project replaces', () => {
  it('are kept as they are', () => {
    const sixColumns = rowsOf(read('../fixtures/recipe-six-columns.csv'));
    expect(sixColumns.map((row) => row['email'])).toEqual([
      'alice@example.com',
      'bob@example.com',
      'carol@example.com',
    ]);
    expect(sixColumns[0]?.['initial_password']).toBe('TempPass123!');
    expect(rowsOf(read('../fixtures/recipe-quoted.csv'))).toEqual([
      {
        email: 'alice@example.com',
        first_name: 'Alice',
        last_name: 'Smith',
        description: 'Special user',
      },
    ]);
  });
});
