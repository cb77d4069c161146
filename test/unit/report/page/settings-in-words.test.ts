import { describe, expect, it } from 'vitest';
import { importInputSchema } from '../../../../src/contract/import/input.js';
import { settingsInWords } from '../../../../src/report/page/settings-in-words.js';
import { inputOf } from '../../../support/planned-run.js';

/** All texts of the settings that are not the defaults. */
function changed(keys: Record<string, unknown>): string[] {
  const all = (input: Record<string, unknown>) =>
    settingsInWords(inputOf(input)).flatMap(({ about, texts }) =>
      texts.map((text) => `${about}: ${text}`),
    );
  const defaults = all({});
  return all(keys).filter((text) => !defaults.includes(text));
}

describe('a setting in words', () => {
  it('says what it means, with the value that stands in the input', () => {
    expect(settingsInWords(inputOf()).slice(0, 2)).toEqual([
      { about: 'Existing users', texts: ['Are left as they are (skip)'] },
      { about: 'Passwords of existing users', texts: ['Are never set (never)'] },
    ]);
  });

  it.each([
    [{ mode: 'update' }, ['Existing users: Are changed where the file differs (update)']],
    [
      { dryRun: 'live' },
      ['Dry run: Kratos is asked what each row would do; nothing is changed (live)'],
    ],
    [{ haltAboveFailureRate: 0.125 }, ['Pauses by itself: When more than 12.5 % of the rows fail']],
    [
      { columns: { Shoe: 'ignore', Phone: ['traits.phone', 'metadata_public.phone'] } },
      [
        'Columns: “Shoe” is not imported (ignore)',
        'Columns: “Phone” goes to traits.phone, or else to metadata_public.phone',
      ],
    ],
    [
      { values: { role: { administrator: 'admin', '': 'user' } } },
      [
        'Values read as others: “role”: “administrator” is read as “admin”',
        'Values read as others: “role”: an empty cell is read as “user”',
      ],
    ],
    [{ invitations: { send: 'never' } }, ['Invitations: Not sent (never)']],
    [
      { csv: { separator: 'semicolon', nothing: ['NULL'] } },
      ['The file’s text: Separator: semicolon', 'The file’s text: Read as empty: “NULL”'],
    ],
    [
      {
        mode: 'update',
        missing: { scope: 'hr', do: 'deactivate', atMost: 0.125 },
        onDrift: 'keep',
      },
      [
        'Existing users: Are changed where the file differs (update)',
        'Users of the source who are not in the file: Those of “hr” are deactivated (deactivate)',
        'Users of the source who are not in the file: Of more than 12.5 %, it asks first',
        'Changes made by hand since the last run: Are kept (keep)',
      ],
    ],
  ])('%j', (keys, texts) => {
    expect(changed(keys)).toEqual(texts);
  });

  it('is there for every key of the input that is no fact of the run', () => {
    const all = {
      ...{ canaryRows: 5, canarySignIns: 'known.json', schemaId: 'customer', from: 'auth0' },
      ...{ columns: { a: 'ignore' }, onUnsupportedHash: 'hook', values: { a: { b: 'c' } } },
      ...{ defaults: { role: 'user' }, mapping: { file: 'm.json', sha256: 'a'.repeat(64) } },
      ...{ csv: { clear: '(clear)' }, roles: ['user'], tenants: ['t1'], allow: ['activate'] },
      ...{ mode: 'update', missing: { scope: 'hr', do: 'report' }, adopt: true, newest: true },
    };
    const keys = Object.keys(importInputSchema().shape);
    const elsewhere = ['file', 'actor', 'retryOf'];
    expect(settingsInWords(inputOf(all))).toHaveLength(keys.length - elsewhere.length);
  });
});
