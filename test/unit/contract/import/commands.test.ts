import { describe, expect, it } from 'vitest';
import {
  COMMAND_NAMES,
  COMMANDS,
  parseCommand,
  type CommandName,
} from '../../../../src/contract/import/commands.js';

function refusal(name: CommandName, argument: unknown): string {
  const parsed = parseCommand(name, argument);
  if (parsed.ok) throw new Error(`accepted: ${JSON.stringify(argument)}`);
  return parsed.refusal;
}

describe('a command for a running import', () => {
  it('has a description of one line for Temporal’s pages', () => {
    expect(COMMAND_NAMES).toEqual([
      'pause',
      'resume',
      'approve',
      'releaseInvitations',
      'setMode',
      'setConcurrency',
      'setEmailRate',
    ]);
    for (const name of COMMAND_NAMES) expect(COMMANDS[name]).toMatch(/^[A-Z].*\.$/);
  });

  it.each<CommandName>(['pause', 'resume', 'approve', 'releaseInvitations'])(
    '%s takes no argument, and ignores one',
    (name) => {
      for (const argument of [undefined, null, {}, 'now']) {
        expect(parseCommand(name, argument)).toEqual({ ok: true, command: { name } });
      }
    },
  );

  it.each<[CommandName, unknown]>([
    ['setMode', 'skip'],
    ['setMode', 'update'],
    ['setConcurrency', 1],
    ['setConcurrency', 50],
    ['setEmailRate', 1],
    ['setEmailRate', 60_000],
  ])('%s takes %j', (name, value) => {
    expect(parseCommand(name, value)).toEqual({ ok: true, command: { name, value } });
  });

  it.each<[CommandName, argument: unknown, message: string]>([
    ['setMode', undefined, 'setMode: got nothing; allowed: "skip" or "update".'],
    ['setMode', null, 'setMode: got null; allowed: "skip" or "update".'],
    ['setMode', 'overwrite', 'setMode: got "overwrite"; allowed: "skip" or "update".'],
    ['setMode', 'Skip', 'setMode: got "Skip"; allowed: "skip" or "update".'],
    ['setMode', ['skip'], 'setMode: got ["skip"]; allowed: "skip" or "update".'],
    ...[undefined, null, 0, 51, 2.5, '5', NaN, {}].map(
      (argument): [CommandName, unknown, string] => [
        'setConcurrency',
        argument,
        `setConcurrency: got ${argument === undefined ? 'nothing' : JSON.stringify(argument)}; allowed: a whole number of chunks from 1 to 50.`,
      ],
    ),
    ...[0, 60_001, 0.5, '60'].map((argument): [CommandName, unknown, string] => [
      'setEmailRate',
      argument,
      `setEmailRate: got ${JSON.stringify(argument)}; allowed: a whole number of mails from 1 to 60000.`,
    ]),
  ])('%s refuses %j, and says what came and what is allowed', (name, argument, message) => {
    expect(refusal(name, argument)).toBe(message);
  });

  it('cuts a long argument short, since a refusal is part of a history', () => {
    const message = refusal('setMode', { file: 'x'.repeat(10_000) });
    expect(message).toBe(`setMode: got {"file":"${'x'.repeat(31)}…; allowed: "skip" or "update".`);
  });
});
