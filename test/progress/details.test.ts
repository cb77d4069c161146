import { describe, expect, it } from 'vitest';
import { describeRoles, number, renderDetails } from '../../src/progress/details.js';
import { progressOf } from '../support/progress.js';

const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('the details in the Temporal UI', () => {
  it('say where the import is, how fast, and how to watch and stop it', () => {
    const warnings = ['weak_password: passwords shorter than 8 characters: 2'];
    const plan = { roles: { admin: 3, user: 11_847 }, warnings };
    const notices = [{ at: '2026-11-02T10:00:00.000Z', text: 'Kratos does not answer.' }];
    expect(renderDetails(progressOf({ plan, notices }), 'import-1')).toBe(`**Importing**

> 2026-11-02T10:00:00.000Z Kratos does not answer.

4,500 of 12,000 rows (37 %), 123 a second, 1 min 1 s to go

| created | skipped | failed | invalid |
| --: | --: | --: | --: |
| 4,000 | 300 | 50 | 150 |

Chunks: 9 of 24 done, 5 in flight (at most 5). Users who exist: skip.

**Plan**: users by role: admin 3, user 11,847

- weak_password: passwords shorter than 8 characters: 2

From a shell:

- watch it: \`user-import watch import-1\`
- stop it: \`user-import cancel import-1\``);
  });

  it('say nothing of rows before they are known, and of pace after the import', () => {
    const rows = { total: 0, done: 0, created: 0, skipped: 0, failed: 0, invalid: 0 };
    expect(renderDetails(progressOf({ phase: 'preflight', rows }), 'i')).not.toMatch(/rows|Plan/);
    expect(renderDetails(progressOf({ phase: 'reporting' }), 'i')).not.toContain('to go');
    expect(renderDetails(progressOf({ ratePerSecond: 0.25, etaSeconds: null }), 'i')).toContain(
      '(37 %), 0.3 a second\n',
    );
  });

  it('never say 100 % before the last row', () => {
    const rows = { ...progressOf().rows, total: 1000, done: 999 };
    expect(renderDetails(progressOf({ rows }), 'i')).toContain('(99 %)');
  });

  it.each([
    [
      'warnings',
      {
        plan: {
          roles: {},
          warnings: times(900, (i) => `unknown_column: column "${'c'.repeat(60)}${i}" is ignored`),
        },
      },
    ],
    [
      'roles',
      {
        plan: {
          roles: Object.fromEntries(times(900, (i) => [`role-${'r'.repeat(60)}-${i}`, i])),
          warnings: [],
        },
      },
    ],
    [
      'notices',
      {
        notices: times(50, (i) => ({
          at: '2026-11-02T10:00:00.000Z',
          text: `${i} ${'é'.repeat(2000)}`,
        })),
      },
    ],
  ])(
    'stay below the 20,000 bytes that Temporal takes, however many %s there are',
    (_what, keys) => {
      expect(Buffer.byteLength(renderDetails(progressOf(keys), 'x'.repeat(200)))).toBeLessThan(
        20_000,
      );
    },
  );

  it('keep the latest notices', () => {
    const notices = times(50, (i) => ({ at: 'then', text: `notice ${i}.` }));
    const text = renderDetails(progressOf({ notices }), 'i');
    expect(text).toContain('notice 49.');
    expect(text).not.toContain('notice 0.');
  });
});

describe('numbers and roles', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('%i is written %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('are told when no row is valid, too', () => {
    expect(describeRoles({})).toBe('no valid rows');
  });
});
