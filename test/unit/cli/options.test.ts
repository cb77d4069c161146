import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { telling } from '../../../src/cli/arguments.js';
import { addStartOptions, toRequest, type StartOptions } from '../../../src/cli/options.js';
import { parseImportInput } from '../../../src/contract/import/input.js';

/** The import's input that a command line asks for. */
function requested(...args: string[]): ReturnType<typeof toRequest> {
  const command = addStartOptions(telling(new Command('start')).argument('<file>'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(['users.csv', ...args], { from: 'user' });
  return toRequest(command.opts<StartOptions>());
}

describe('the options of start', () => {
  it('are left out where they are not given, so that the import’s own defaults hold', () => {
    expect(requested()).toEqual({});
    expect(requested('--detach', '--actor', 'alice', '--json')).toEqual({});
  });

  it('hand the import nothing of how the command answers', () => {
    const command = addStartOptions(telling(new Command('start').argument('<file>')));
    command.parse(['users.csv', '--json'], { from: 'user' });
    expect(toRequest(command.opts<StartOptions>())).toEqual({});
  });

  it('become the keys of the input', () => {
    const request = requested(
      ...['--mode', 'update', '--on-invalid', 'import-valid', '--approval'],
      ...[
        '--canary-rows',
        '100',
        '--canary-sign-ins',
        'known.json',
        '--halt-above-failure-rate',
        '0.05',
        '--mark-email-verified',
      ],
      ...['--chunk-size', '200', '--concurrency', '8', '--schema-id', 'person'],
      ...[
        '--roles',
        'admin, user',
        '--tenants',
        't1',
        '--column',
        'a=ignore',
        '--column=b=traits.b',
      ],
      ...['--value', 'role:a\\:b=c:d=e', '--value=role:=user', '--default', 'x\\=y=z=1'],
    );
    expect(request).toEqual({
      mode: 'update',
      onInvalid: 'import-valid',
      approval: 'required',
      canaryRows: 100,
      canarySignIns: 'known.json',
      haltAboveFailureRate: 0.05,
      markEmailVerified: true,
      chunkSize: 200,
      concurrency: 8,
      schemaId: 'person',
      roles: ['admin', 'user'],
      tenants: ['t1'],
      columns: { a: 'ignore', b: 'traits.b' },
      values: { role: { 'a:b': 'c:d=e', '': 'user' } },
      defaults: { 'x=y': 'z=1' },
    });
    expect(parseImportInput({ file: 'users.csv', actor: 'alice', ...request }).ok).toBe(true);
  });

  it('become the settings of the file', () => {
    const request = requested(
      ...['--separator', 'tab', '--encoding', 'utf-16le', '--lines-before-header', '2'],
      ...['--header-names', 'email, first_name', '--short-rows', 'as-empty'],
      ...['--leading-apostrophes', 'remove', '--nothing', 'NULL,\\N', '--clear', '(clear)'],
    );
    expect(request).toEqual({
      csv: {
        separator: 'tab',
        encoding: 'utf-16le',
        linesBeforeHeader: 2,
        headerNames: ['email', 'first_name'],
        shortRows: 'as-empty',
        leadingApostrophes: 'remove',
        nothing: ['NULL', '\\N'],
        clear: '(clear)',
      },
    });
    expect(parseImportInput({ file: 'users.csv', actor: 'alice', ...request }).ok).toBe(true);
  });

  it('leave the file where it is, also after a column', () => {
    const command = addStartOptions(
      telling(new Command('start')).argument('<file>'),
    ).exitOverride();
    command.parse(['--column', 'Email=email', 'users.csv'], { from: 'user' });
    expect(command.args).toEqual(['users.csv']);
    expect(toRequest(command.opts<StartOptions>())).toEqual({ columns: { Email: 'email' } });
  });

  it.each([
    ['--column', 'department', 'header=target'],
    ['--value', 'role', 'header:cell=text'],
    ['--value', 'role:admin', 'header:cell=text'],
    ['--value', ':a=b', 'header:cell=text'],
    ['--default', 'role', 'column=text'],
    ['--default', '=user', 'column=text'],
  ])('%s %s is refused', (option, text, wanted) => {
    expect(() => requested(option, text)).toThrow(`It takes ${wanted}`);
  });

  it('become the settings of a source', () => {
    const request = requested(
      ...['--mode', 'update', '--scope', 'hr', '--missing', 'deactivate', '--at-most', '0.1'],
      ...['--on-drift', 'keep', '--adopt'],
    );
    expect(request).toEqual({
      mode: 'update',
      missing: { do: 'deactivate', scope: 'hr', atMost: 0.1 },
      onDrift: 'keep',
      adopt: true,
    });
    expect(parseImportInput({ file: 'users.csv', actor: 'alice', ...request }).ok).toBe(true);
    expect(requested('--scope', 'hr')).toEqual({ missing: { scope: 'hr' } });
  });

  it('become the settings of the invitations', () => {
    const request = requested(
      ...['--invitations', 'hold', '--per-minute', '120', '--invite-by', 'code'],
      ...['--expires-in', '48h', '--window', '22:00-06:00@America/Argentina/Buenos_Aires'],
    );
    expect(request).toEqual({
      invitations: {
        send: 'hold',
        perMinute: 120,
        method: 'code',
        expiresIn: '48h',
        window: { from: '22:00', to: '06:00', timeZone: 'America/Argentina/Buenos_Aires' },
      },
    });
    expect(parseImportInput({ file: 'users.csv', actor: 'alice', ...request }).ok).toBe(true);
    expect(requested('--per-minute', '5')).toEqual({ invitations: { perMinute: 5 } });
    expect(() => requested('--window', '22:00-06:00')).toThrow('from-to@zone');
  });

  it.each([
    [['--dry-run'], 'file'],
    [['--dry-run', 'file'], 'file'],
    [['--dry-run', 'live'], 'live'],
    [['--dry-run=live'], 'live'],
    [['--dry-run', '--approval'], 'file'],
  ])('%j is a dry run of %s', (args, dryRun) => {
    expect(requested(...args).dryRun).toBe(dryRun);
  });

  it('say where the file belongs when a dry run would swallow it', () => {
    expect(() => requested('--dry-run', 'users.csv')).toThrow(/--dry-run=file/);
  });

  it('pass on as typed a value that is no number, for the input to refuse', () => {
    const request = requested('--canary-rows', 'many', '--halt-above-failure-rate', '20%');
    const parsed = parseImportInput({ file: 'users.csv', actor: 'alice', ...request });
    expect(!parsed.ok && parsed.message).toMatch(
      /canaryRows: got "many".*haltAboveFailureRate: got "20%"/,
    );
  });
});
