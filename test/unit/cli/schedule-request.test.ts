import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/cli/exit.js';
import {
  confirmPlace,
  scheduleName,
  toScheduledRequest,
  waitsIn,
} from '../../../src/cli/schedule-request.js';
import { parseImportInput } from '../../../src/contract/import/input.js';

const NAMED = { name: 'nightly-hr', actor: 'alice' };

describe('what a schedule starts', () => {
  it('updates users, who are of a source that is called as the schedule is', () => {
    const request = toScheduledRequest('hr.csv', { ...NAMED, given: {} });
    expect(request).toEqual({
      file: 'hr.csv',
      actor: 'alice',
      mode: 'update',
      missing: { scope: 'nightly-hr' },
    });
    expect(parseImportInput(request).ok).toBe(true);
  });

  it('is what was said, where it was said', () => {
    const given = { missing: { do: 'deactivate', scope: 'hr' }, onDrift: 'keep' } as const;
    expect(toScheduledRequest('hr.csv', { ...NAMED, given })).toMatchObject({ ...given });
    const more = { missing: { do: 'report', atMost: 0.2 } } as const;
    expect(toScheduledRequest('hr.csv', { ...NAMED, given: more }).missing).toEqual({
      do: 'report',
      atMost: 0.2,
      scope: 'nightly-hr',
    });
  });

  it('has no source in skip mode', () => {
    const request = toScheduledRequest('hr.csv', { ...NAMED, given: { mode: 'skip' } });
    expect(request).toEqual({ file: 'hr.csv', actor: 'alice', mode: 'skip' });
    expect(parseImportInput(request).ok).toBe(true);
  });

  it('is the newest of the files that a pattern means', () => {
    const request = toScheduledRequest('out/hr-*.csv', { ...NAMED, given: {} });
    expect(request).toMatchObject({ file: 'out/hr-*.csv', newest: true });
    expect(parseImportInput(request).ok).toBe(true);
  });
});

describe('the name of a schedule', () => {
  it.each([
    ['users.csv', 'nightly-users'],
    ['out/hr-*.csv.gz', 'nightly-hr'],
    ['Mitarbeiter März 2026.CSV', 'nightly-Mitarbeiter-M-rz-2026'],
    ['hr.v2.txt', 'nightly-hr.v2'],
    ['*.csv', 'nightly'],
    ['漢字', 'nightly'],
    [`${'x'.repeat(200)}.csv`, `nightly-${'x'.repeat(80)}`],
  ])('of %s is %s', (file, name) => {
    expect(scheduleName(undefined, file)).toBe(name);
  });

  it('is the given one, which must be able to name a source', () => {
    expect(scheduleName('hr', 'users.csv')).toBe('hr');
    for (const name of ['', 'a b', '..', 'a/b', 'x'.repeat(101)])
      expect(() => scheduleName(name, 'users.csv'), name).toThrow(CommandError);
  });
});

describe('the file of a schedule', () => {
  it.each(['users.csv', 'out/hr-*.csv', './hr.csv', '..hr.csv'])('may be %s', (file) => {
    expect(() => confirmPlace(file)).not.toThrow();
  });

  it.each(['/srv/users.csv', '../users.csv', 'a/../../users.csv', 'out-*/users.csv'])(
    'may not be %s',
    (file) => {
      expect(() => confirmPlace(file)).toThrow(CommandError);
    },
  );
});

describe('what nights wait for', () => {
  it('is told, for the nights after it are left out', () => {
    expect(waitsIn({})).toEqual([]);
    expect(
      waitsIn({ approval: 'required', canaryRows: 5, invitations: { send: 'hold' } }),
    ).toHaveLength(3);
  });
});
