import { describe, expect, it } from 'vitest';
import { parseImportInput } from '../../../../src/contract/import/input.js';

const NEEDED = { file: 'users.csv', actor: 'alice' };

function accepted(keys: Record<string, unknown>) {
  const parsed = parseImportInput({ ...NEEDED, ...keys });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.input;
}

function refusal(raw: unknown): string {
  const parsed = parseImportInput(raw);
  if (parsed.ok) throw new Error(`taken: ${JSON.stringify(raw)}`);
  return parsed.message;
}

describe('the input of importUsers', () => {
  it('needs a file and an actor; the rest has defaults', () => {
    expect(accepted({})).toEqual({
      ...NEEDED,
      mode: 'skip',
      dryRun: false,
      onInvalid: 'stop',
      approval: 'none',
      canaryRows: 0,
      haltAboveFailureRate: 0.2,
      chunkSize: 500,
      concurrency: 5,
      columns: {},
      values: {},
      defaults: {},
      csv: {},
      allow: [],
      setPasswords: 'never',
      markEmailVerified: false,
      missing: { do: 'nothing', atMost: 0.05 },
      onDrift: 'overwrite',
      adopt: false,
      newest: false,
      invitations: {
        ...{ send: 'after-import', perMinute: 60, method: 'link', expiresIn: '1h' },
        withSignIn: false,
      },
    });
  });

  it('takes every value that it allows', () => {
    const given = {
      mode: 'update',
      onUnsupportedHash: 'hook',
      dryRun: 'live',
      onInvalid: 'import-valid',
      approval: 'required',
      canaryRows: 1_000_000,
      canarySignIns: 'known.json',
      haltAboveFailureRate: 1,
      chunkSize: 1000,
      concurrency: 50,
      schemaId: 'person',
      from: 'okta',
      columns: { mail: 'traits.email', nick: 'ignore', phone: ['traits.phone', 'ignore'] },
      values: { role: { administrator: 'admin', '': 'user' } },
      defaults: { state: 'inactive' },
      mapping: { file: 'hr.json', sha256: 'a'.repeat(64) },
      csv: {
        separator: 'tab',
        encoding: 'windows-1252',
        linesBeforeHeader: 100,
        headerNames: ['email', 'Vorname'],
        shortRows: 'as-empty',
        leadingApostrophes: 'remove',
        nothing: ['NULL', '\\N'],
        clear: '(clear)',
      },
      roles: ['owner'],
      tenants: ['t1', 't2'],
      allow: ['activate', 'change-address', 'change-identifier', 'hash-as-password'],
      setPasswords: 'placeholder',
      markEmailVerified: true,
      missing: { do: 'deactivate', scope: 'hr-system.v2', atMost: 0.5 },
      onDrift: 'keep',
      adopt: true,
      newest: true,
      invitations: {
        send: 'hold',
        perMinute: 60_000,
        method: 'code',
        expiresIn: '90s',
        window: { from: '22:00', to: '06:30', timeZone: 'America/Argentina/Buenos_Aires' },
        withSignIn: true,
      },
    };
    expect(accepted(given)).toEqual({ ...NEEDED, ...given });
    const least = { chunkSize: 1, concurrency: 1, canaryRows: 0, haltAboveFailureRate: 0 };
    const plain = { mode: 'skip', dryRun: false, approval: 'none', columns: {} };
    expect(accepted({ ...least, ...plain })).toMatchObject({ ...least, ...plain });
    expect(accepted({ dryRun: 'file', haltAboveFailureRate: 0.001 })).toMatchObject({
      dryRun: 'file',
      haltAboveFailureRate: 0.001,
    });
  });

  it('takes values as JSON has them for the text of a cell', () => {
    const values = { active: { '1': true, '0': false }, level: { low: 1 } };
    expect(accepted({ values, defaults: { consent: true, level: 2 } })).toMatchObject({
      values: { active: { '1': 'true', '0': 'false' }, level: { low: '1' } },
      defaults: { consent: 'true', level: '2' },
    });
  });

  it('trims the actor', () => {
    expect(accepted({ actor: ' alice ' }).actor).toBe('alice');
  });

  it.each<[key: string, value: unknown, got: string, allowed: string]>([
    ['file', undefined, 'nothing', 'import root'],
    ['file', '', '""', 'import root'],
    ['file', 7, '7', 'import root'],
    ['file', 'x'.repeat(4097), `"${'x'.repeat(79)}…`, 'import root'],
    ['actor', undefined, 'nothing', '1 to 200 characters'],
    ['actor', '   ', '"   "', '1 to 200 characters'],
    ['actor', 'a'.repeat(201), `"${'a'.repeat(79)}…`, '1 to 200 characters'],
    ['actor', null, 'null', '1 to 200 characters'],
    ['mode', 'overwrite', '"overwrite"', '"skip" to leave existing users as they are, or "update"'],
    ['mode', null, 'null', '"skip" to leave'],
    ['dryRun', true, 'true', 'false, "file" to validate only, or "live"'],
    ['dryRun', 'yes', '"yes"', 'false, "file"'],
    ['onInvalid', 'ignore', '"ignore"', '"stop" or "import-valid"'],
    ['approval', true, 'true', '"none" or "required"'],
    ['approval', 'yes', '"yes"', '"none" or "required"'],
    ['canaryRows', -1, '-1', 'from 0 to 1000000'],
    ['canaryRows', 1_000_001, '1000001', 'from 0 to 1000000'],
    ['canaryRows', 0.5, '0.5', 'from 0 to 1000000'],
    ['canaryRows', '100', '"100"', 'from 0 to 1000000'],
    ['canarySignIns', '', '""', 'import root'],
    ['canarySignIns', 'known.json', '"known.json"', 'with canaryRows of 1 or more only'],
    ['haltAboveFailureRate', -0.1, '-0.1', 'a share of the rows from 0 to 1'],
    ['haltAboveFailureRate', 1.1, '1.1', 'a share of the rows from 0 to 1'],
    ['haltAboveFailureRate', 20, '20', 'a share of the rows from 0 to 1'],
    ['haltAboveFailureRate', '0.2', '"0.2"', 'a share of the rows from 0 to 1'],
    ['chunkSize', 0, '0', 'from 1 to 1000'],
    ['chunkSize', 1001, '1001', 'from 1 to 1000'],
    ['chunkSize', 1.5, '1.5', 'from 1 to 1000'],
    ['chunkSize', '500', '"500"', 'from 1 to 1000'],
    ['concurrency', 0, '0', 'from 1 to 50'],
    ['concurrency', 51, '51', 'from 1 to 50'],
    ['concurrency', null, 'null', 'from 1 to 50'],
    ['schemaId', '', '""', 'identity schema'],
    ['schemaId', ['person'], '["person"]', 'identity schema'],
    ['columns', [], '[]', 'header to target'],
    ['columns', { mail: 1 }, '{"mail":1}', 'header to target'],
    ['columns', { mail: '' }, '{"mail":""}', 'header to target'],
    ['values', { role: 'admin' }, '{"role":"admin"}', 'header to what is read'],
    ['values', { role: { a: null } }, '{"role":{"a":null}}', 'header to what is read'],
    ['values', { role: { 'a\u202e': 'b' } }, '{"role":{"a\\u202e":"b"}}', 'header to what is read'],
    ['defaults', { role: ['a'] }, '{"role":["a"]}', 'to the value of every row'],
    ['mapping', 'hr.json', '"hr.json"', 'an object of file and sha256'],
    ['markEmailVerified', 'true', '"true"', 'true or false'],
    ['invitations', true, 'true', 'an object of send, perMinute,'],
    ['invitations', null, 'null', 'an object of send, perMinute,'],
  ])('refuses %s: %j, and says what came and what is allowed', (key, value, got, allowed) => {
    const message = refusal({ ...NEEDED, [key]: value });
    expect(message).toContain(`${key}: got ${got}; allowed: `);
    expect(message).toContain(allowed);
  });

  it.each<[key: string, value: unknown, got: string, allowed: string]>([
    ['roles', 'admin', '"admin"', "worker's ROLES"],
    ['roles', [], '[]', "worker's ROLES"],
    ['roles', [''], '[""]', "worker's ROLES"],
    ['tenants', { t1: true }, '{"t1":true}', "worker's TENANTS"],
    ['tenants', [], '[]', "worker's TENANTS"],
  ])('refuses %s: %j, and says what came and what is allowed', (key, value, got, allowed) => {
    const message = refusal({ ...NEEDED, [key]: value });
    expect(message).toContain(`${key}: got ${got}; allowed: `);
    expect(message).toContain(allowed);
  });

  it.each<[key: string, value: unknown, got: string, allowed: string]>([
    ['send', 'later', '"later"', '"after-import", "hold"'],
    ['perMinute', 0, '0', 'from 1 to 60000'],
    ['perMinute', 60_001, '60001', 'from 1 to 60000'],
    ['perMinute', 1.5, '1.5', 'from 1 to 60000'],
    ['method', 'sms', '"sms"', '"link" or "code"'],
    ['expiresIn', '59s', '"59s"', 'at least a minute'],
    ['expiresIn', '1 hour', '"1 hour"', 'at least a minute'],
    ['expiresIn', '0h', '"0h"', 'at least a minute'],
    ['expiresIn', 3600, '3600', 'at least a minute'],
    ['window', 'daytime', '"daytime"', '{"from":"08:00"'],
    [
      'window',
      { from: '08:00', to: '08:00', timeZone: 'UTC' },
      '{"from":"08:00","to":"08:00","timeZone":"UTC"}',
      'from and to not the same',
    ],
    ['window.from', '8:00', '"8:00"', 'a time of day from "00:00" to "23:59"'],
    ['window.to', '24:00', '"24:00"', 'a time of day from "00:00" to "23:59"'],
    ['window.to', undefined, 'nothing', 'a time of day from "00:00" to "23:59"'],
    ['window.timeZone', 'Europe Berlin', '"Europe Berlin"', 'the name of a time zone'],
  ])(
    'refuses invitations.%s: %j, and says what came and what is allowed',
    (key, value, got, allowed) => {
      const window = { from: '08:00', to: '18:00', timeZone: 'UTC' };
      const [, part] = key.split('.');
      const invitations = part ? { window: { ...window, [part]: value } } : { [key]: value };
      const message = refusal({ ...NEEDED, invitations });
      expect(message).toContain(`invitations.${key}: got ${got}; allowed: `);
      expect(message).toContain(allowed);
    },
  );

  it.each<[key: string, value: unknown, got: string, allowed: string]>([
    ['do', 'remove', '"remove"', '"nothing", "report", "deactivate" or "delete"'],
    ['scope', '', '""', '1 to 100 of the characters'],
    ['scope', '..', '".."', 'not dots alone'],
    ['scope', 'hr/system', '"hr/system"', '1 to 100 of the characters'],
    ['scope', 'x'.repeat(101), '"xxx', '1 to 100 of the characters'],
    ['atMost', 5, '5', 'a share of the users of the source'],
  ])(
    'refuses missing.%s: %j, and says what came and what is allowed',
    (key, value, got, allowed) => {
      const missing = { scope: 'hr', [key]: value };
      const message = refusal({ ...NEEDED, mode: 'update', missing });
      expect(message).toContain(`missing.${key}: got ${got}`);
      expect(message).toContain(allowed);
    },
  );

  it('takes what is done for the users of a source only where the file is all of one', () => {
    const source = { mode: 'update', missing: { do: 'deactivate', scope: 'hr' }, adopt: true };
    const retryOf = { workflowId: 'nightly', runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
    expect(accepted(source)).toMatchObject(source);
    expect(refusal({ ...NEEDED, missing: { do: 'report' } })).toContain('missing.do: got "report"');
    expect(refusal({ ...NEEDED, adopt: true })).toContain('adopt: got true; allowed: true, with a');
    expect(refusal({ ...NEEDED, missing: { scope: 'hr' } })).toContain('missing.scope: got "hr"');
    const retried = refusal({ ...NEEDED, ...source, retryOf });
    expect(retried).toContain('missing.do: got "deactivate"');
    expect(retried).toContain('adopt: got true');
    // Its users are of the source all the same.
    expect(accepted({ mode: 'update', missing: { scope: 'hr' }, retryOf })).toBeDefined();
  });

  it.each<[key: string, csv: object, got: string]>([
    ['csv', { nothing: ['-'], clear: ' - ' }, '{"nothing":["-"],"clear":" - "}'],
    ['csv.nothing', { nothing: 'NULL' }, '"NULL"'],
    ['csv.nothing', { nothing: [' '] }, '[" "]'],
    ['csv.clear', { clear: '' }, '""'],
    ['csv.clear', { clear: 'x'.repeat(65) }, '"xxx'],
  ])('refuses %s of %j', (key, csv, got) => {
    expect(refusal({ ...NEEDED, csv })).toContain(`${key}: got ${got}`);
  });

  it('names an unknown key of the invitations with the keys that these have', () => {
    expect(refusal({ ...NEEDED, invitations: { rate: 5 } })).toContain(
      'Unknown key "rate" in invitations; the keys are: send, perMinute, method, expiresIn, window, withSignIn.',
    );
    expect(refusal({ ...NEEDED, invitations: { window: { start: 1 } } })).toContain(
      'Unknown key "start" in invitations.window; the keys are: from, to, timeZone.',
    );
  });

  it('names every unknown key, and the keys that it knows', () => {
    const message = refusal({ ...NEEDED, concurency: 5, '': 1 });
    expect(message).toContain('Unknown key "concurency", ""; the keys are: file, actor, mode,');
  });

  it('names all that is wrong in one message', () => {
    const message = refusal({ file: '', chunkSize: 0, nonsense: true });
    for (const part of ['file: got ""', 'actor: got nothing', 'chunkSize: got 0', '"nonsense"']) {
      expect(message).toContain(part);
    }
  });

  it.each([undefined, null, 'users.csv', 7, [], true])('refuses %j, which is no object', (raw) => {
    expect(refusal(raw)).toContain('Expected one JSON object such as {"file":"users.csv"');
  });

  it.each(['alice\x1b[2J', 'al\nice', 'al\u009bice', 'al\u202eice', 'al\u2028ice'])(
    'refuses hidden characters in names, and writes them out: %j',
    (text) => {
      const code = `\\u${/[^ -~]/.exec(text)![0].charCodeAt(0).toString(16).padStart(4, '0')}`;
      for (const [key, value] of [
        ['actor', text],
        ['file', text],
        ['schemaId', text],
        ['roles', [text]],
        ['tenants', [text]],
        ['columns', { [text]: 'ignore' }],
        ['columns', { mail: text }],
      ] as const) {
        const message = refusal({ ...NEEDED, [key]: value });
        expect(message).toContain(`${key}: got `);
        expect(message).toMatch(/^[ -~…]*$/);
        expect(message.replace('\\n', '\\u000a')).toContain(code);
      }
      expect(refusal({ ...NEEDED, [text]: 1 })).toMatch(/Unknown key "al[ -~]*"; the keys are/);
    },
  );

  it('takes names in any script, with the marks that theirs need', () => {
    const given = { actor: 'علي \u200f', file: 'Ünïcode 漢字.csv', roles: ['أدمن'] };
    expect(accepted(given)).toMatchObject({ ...given, actor: given.actor.trim() });
  });

  it('refuses what is nested 7,000 deep, wherever it is', () => {
    const deep = JSON.parse('['.repeat(7000) + ']'.repeat(7000)) as unknown;
    for (const key of ['columns', 'file', 'invitations', 'nonsense']) {
      expect(refusal({ ...NEEDED, [key]: deep })).toContain('nested more than 16 deep');
    }
    expect(refusal(deep)).toContain('nested more than 16 deep');
  });

  it('refuses lists, maps and texts without end in a message that can be read', () => {
    const many = Array.from({ length: 900_000 }, (_, i) => i);
    expect(refusal({ ...NEEDED, tenants: many })).toContain('holds more than 50000 values');
    const wrong = Object.fromEntries(many.slice(0, 20_000).map((i) => [`c${i}`, '']));
    for (const [key, value] of [
      ['tenants', many.slice(0, 40_000)],
      ['tenants', many.slice(0, 10_001).map(String)],
      ['columns', wrong],
      ['columns', Object.fromEntries(many.slice(0, 1001).map((i) => [`c${i}`, 'ignore']))],
      ['actor', 'a'.repeat(1_900_000)],
      ['roles', ['a'.repeat(256)]],
    ] as const) {
      const message = refusal({ ...NEEDED, [key]: value });
      expect(message).toContain(`${key}: got `);
      expect(message.length).toBeLessThan(1000);
    }
    expect(refusal({ ...NEEDED, ...wrong }).length).toBeLessThan(1000);
    expect(accepted({ tenants: many.slice(0, 10_000).map(String) }).tenants).toHaveLength(10_000);
  });
});
