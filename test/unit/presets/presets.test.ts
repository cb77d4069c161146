/** The presets as data: what they print is a mapping file, and every target of theirs is one. */
import { describe, expect, it } from 'vitest';
import { printPreset, listPresets } from '../../../src/cli/presets.js';
import { parseImportInput } from '../../../src/contract/import/input.js';
import { parseMappingFile } from '../../../src/contract/import/mapping-file.js';
import { PRESET_NAMES, type PresetName } from '../../../src/contract/import/preset-names.js';
import { chooseTargets } from '../../../src/identity/choose-targets.js';
import { targetProblems } from '../../../src/identity/columns.js';
import { sameForPeople } from '../../../src/identity/email.js';
import { PRESETS } from '../../../src/presets/index.js';
import { nearestPreset, readingOf } from '../../../src/presets/use-preset.js';
import { personSchema, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { told } from '../../support/output.js';
import { inputOf } from '../../support/planned-run.js';

function printed(name: PresetName): unknown {
  const { lines, context } = told();
  printPreset(name, context);
  return JSON.parse(lines.join('\n'));
}

describe.each(PRESET_NAMES)('the preset %s', (name) => {
  const preset = PRESETS[name];
  const names = Object.keys(preset.columns);

  it('is printed as a mapping file, which means the same without "from"', () => {
    const mapping = parseMappingFile(printed(name));
    expect(mapping).toMatchObject({ ok: true });
    const { $schema: _, schemaId: __, ...keys } = mapping.ok ? mapping.data : ({} as never);
    const { csv, mapping: alone } = readingOf(inputOf(keys));
    const { columns, values, defaults } = alone;
    const { csv: csvFrom, mapping: from } = readingOf(inputOf({ from: name }));
    expect({ csv, columns, values, defaults }).toEqual({ csv: csvFrom, ...from });
  });

  it('sends its columns to targets, one of them to the address', () => {
    expect(targetProblems(preset.columns)).toEqual([]);
    expect(Object.values(preset.columns)).toContainEqual(expect.arrayContaining(['traits.email']));
  });

  it('names no column twice, has values for its own columns alone, and says what is lost', () => {
    expect(new Set(names.map(sameForPeople)).size).toBe(names.length);
    expect(Object.keys(preset.values ?? {}).filter((each) => !names.includes(each))).toEqual([]);
    expect(preset.keeps.length * preset.loses.length).toBeGreaterThan(0);
  });

  it('is the one that its own header is nearest to', () => {
    expect(nearestPreset(names)).toBe(name);
  });

  it('knows all columns of a file without a header', () => {
    expect((preset.csv?.headerNames ?? names).filter((each) => !names.includes(each))).toEqual([]);
  });

  it('gives nobody a role or a tenant of this platform', () => {
    // In metadata, too, such a path is held to the worker's lists.
    const targets = Object.values(preset.columns).flat();
    expect(targets.filter((target) => /\.(role|tenant_id)$/.test(target))).toEqual([]);
  });
});

describe('the list of presets', () => {
  it('has each with what it loses before what it keeps', () => {
    const { lines, context } = told();
    listPresets(context);
    const okta = lines.slice(lines.findIndex((line) => line.startsWith('okta: ')));
    expect(okta[1]).toMatch(/^ {2}loses Passwords: /);
    expect(lines.at(-1)).toContain('user-import presets NAME > mapping.json');
  });

  it('names the one that was meant', () => {
    const { context } = told();
    expect(() => printPreset('keyclock', context)).toThrow('Did you mean keycloak?');
    expect(() => printPreset('ldap', context)).toThrow('They are auth0, okta');
  });
});

describe('what the input says', () => {
  it('comes before the preset: a setting, a column, one value', () => {
    const { csv, mapping } = readingOf(
      inputOf({
        from: 'auth0',
        csv: { leadingApostrophes: 'keep' },
        columns: { NICKNAME: 'metadata_public.nick' },
        values: { blocked: { true: 'active' } },
      }),
    );
    expect(csv.leadingApostrophes).toBe('keep');
    expect(mapping.columns).toMatchObject({ NICKNAME: 'metadata_public.nick' });
    expect(mapping.columns).not.toHaveProperty('nickname');
    expect(mapping.values).toMatchObject({
      blocked: { true: 'active', false: 'active', yes: 'inactive' },
    });
  });

  it('holds alone for the text of a file of rejected rows', () => {
    const retryOf = { workflowId: 'import-1', runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
    const { csv } = readingOf(inputOf({ from: 'firebase', retryOf }));
    expect(csv).toMatchObject({ shortRows: 'as-empty' });
    expect(csv).not.toHaveProperty('headerNames');
  });

  it('may name a preset alone', () => {
    const parsed = parseImportInput({ file: 'a.csv', actor: 'a', from: 'ldap' });
    expect(parsed).toMatchObject({
      ok: false,
      message: expect.stringContaining('"keycloak"') as string,
    });
  });
});

describe('a column with several targets', () => {
  const choose = (
    columns: Record<string, string | string[]>,
    names: string[],
    schema = personSchema,
  ) => chooseTargets(names, { columns, values: {}, defaults: {} }, schema).columns;

  it('goes to the first that the schema has as a text', () => {
    const targets = ['traits.name', 'traits.name.first', 'metadata_public.name'];
    const named = schemaOf({ name: { type: 'object', properties: { first: { type: 'string' } } } });
    expect(choose({ given: targets }, ['given'], named)).toEqual({ given: 'traits.name.first' });
    expect(choose({ given: targets }, ['given'])).toEqual({ given: 'metadata_public.name' });
  });

  it('leaves places that are taken, and is ignored when all are', () => {
    const schema = schemaOf({ username: USERNAME_TRAIT });
    const columns = {
      login: ['traits.username'],
      nick: ['traits.username', 'metadata_public.nick'],
    };
    expect(choose(columns, ['nick', 'login'], schema)).toEqual({
      login: 'traits.username',
      nick: 'metadata_public.nick',
    });
    expect(choose({ ...columns, sam: 'traits.username' }, ['sam', 'login'], schema)).toEqual({
      sam: 'traits.username',
      login: 'ignore',
    });
    // What the schema lacks is no place, even where nothing else is free.
    const twice = { a: ['metadata_public.x'], b: ['traits.none', 'metadata_public.x'] };
    expect(choose(twice, ['a', 'b'])).toEqual({ a: 'metadata_public.x', b: 'ignore' });
    // By its own name, without any entry.
    expect(choose({ mail: ['traits.email'] }, ['email', 'mail'])).toEqual({ mail: 'ignore' });
  });

  it('goes to its last where the schema has none, which then says what is missing', () => {
    expect(choose({ phone: ['traits.phone'] }, ['phone'])).toEqual({ phone: 'traits.phone' });
  });

  it('may be absent, with its values; one with a single target may not', () => {
    const { columns, values } = chooseTargets(
      ['email'],
      {
        columns: { status: ['state'], role: 'ignore' },
        values: { Status: { a: 'active' } },
        defaults: {},
      },
      personSchema,
    );
    expect([columns, values]).toEqual([{ role: 'ignore' }, {}]);
  });
});
