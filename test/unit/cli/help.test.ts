import { execFileSync, spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addDemoCommand } from '../../../dev/demo/command.js';
import { EXAMPLES } from '../../../src/cli/help.js';
import { buildProgram } from '../../../src/cli/main.js';
import { renderManPage } from '../../../src/cli/man-page.js';
import { told } from '../../support/output.js';
import { PROGRAM } from '../../support/worker-process.js';

const WIDTH = 80;
/** Of a checkout, where it is tried as it is. */
const WITHOUT_EXAMPLES = new Set(['demo']);

function program(): Command {
  return buildProgram(told().context, [addDemoCommand]);
}

function commands(): Command[] {
  const all = program();
  return all
    .createHelp()
    .visibleCommands(all)
    .filter((command) => command.name() !== 'help');
}

/** What `--help` prints on a terminal of 80 columns. */
function helpOf(command: Command): string {
  let text = '';
  command
    .exitOverride()
    .configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return text;
}

function completion(words: string[]): string {
  return String(execFileSync(process.execPath, [PROGRAM, ...words]));
}

describe('the help of a schedule', () => {
  it('has the defaults that a schedule has', () => {
    const of = (name: string) => helpOf(commands().find((each) => each.name() === name)!);
    const flat = (name: string) => of(name).replaceAll(/\s+/g, ' ');
    expect(flat('schedule')).toContain('existing users: skip or update (default)');
    expect(flat('schedule')).toContain("(default: the schedule's name)");
    expect(flat('start')).toContain('existing users: skip (default) or update');
  });
});

describe('the help', () => {
  it('has every command in a group, in one line each, and what the exit statuses mean', () => {
    const help = helpOf(program());
    expect(help).not.toContain('\nCommands:');
    for (const command of commands()) {
      const line = help.split('\n').find((each) => each.startsWith(`  ${command.name()} `));
      expect(line, command.name()).toContain(command.summary() || command.description());
    }
    expect(help).toMatch(/Exit statuses:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}130 /);
  });

  it.each(commands().map((command) => [command.name(), command] as const))(
    'of %s fits 80 columns, and has examples',
    (name, command) => {
      const help = helpOf(command);
      for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(WIDTH);
      if (!WITHOUT_EXAMPLES.has(name)) expect(help).toContain(`\nExamples:\n  user-import ${name}`);
    },
  );

  it('has examples of its own commands alone', () => {
    const names = commands().map((command) => command.name());
    expect(Object.keys(EXAMPLES).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(Object.values(EXAMPLES).flat())(
    'has an example that is taken: $line',
    async ({ line }) => {
      const [command] = line.split(' >');
      const all = program();
      for (const each of all.commands) {
        for (const part of [each, ...each.commands]) part.action(() => undefined);
      }
      const words = command!.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
      await expect(all.parseAsync(['node', 'user-import', ...words])).resolves.toBeDefined();
    },
  );
});

describe('the manual page', () => {
  const page = renderManPage(program(), '1.2.3');

  it('has every command, argument, option and example', () => {
    const plain = page.replaceAll('\\-', '-').replaceAll('\\(dq', '"').replaceAll('\\e', '\\');
    for (const command of commands()) {
      expect(plain).toContain(`.SS "user-import ${command.name()}`);
      for (const part of command.commands)
        expect(plain).toContain(`.SS "user-import ${command.name()} ${part.name()}`);
      for (const { flags } of command.options) expect(plain).toContain(`.B "${flags}"`);
      for (const { line } of EXAMPLES[command.name()] ?? []) expect(plain).toContain(line);
    }
  });

  it.skipIf(spawnSync('groff', ['--version']).error)('is understood by the formatter', () => {
    const formatted = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], { input: page });
    expect(String(formatted.stderr)).toBe('');
    expect(String(formatted.stdout)).toContain('EXIT STATUS');
  });
});

describe('the completion', () => {
  it.each(['bash', 'zsh', 'fish'])('gives %s a script that calls the program', (shell) => {
    const script = completion(['completion', shell]);
    expect(script).toContain('user-import complete --');
  });

  it('is understood by bash, and offers commands, options and their values', () => {
    const script = completion(['completion', 'bash']);
    expect(String(execFileSync('bash', ['-n'], { input: script }))).toBe('');
    const offered = (...words: string[]) =>
      completion(['complete', '--', ...words])
        .split('\n')
        .map((line) => line.split('\t', 1)[0]);
    expect(offered('sta')).toEqual(expect.arrayContaining(['start', 'status']));
    expect(offered('start', '--dry')).toContain('--dry-run');
    expect(offered('convert', '--from', '')).toContain('okta');
  });
});
