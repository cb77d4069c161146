import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addStartOptions, toRequest, type StartOptions } from '../../../src/cli/options.js';
import { asCommands, asOptions } from '../../../src/cli/spelling.js';

describe('a message on the command line', () => {
  it.each([
    ['map it: "columns": {"E-Mail":"traits.email"}.', 'map it: --column E-Mail=traits.email.'],
    [
      '"columns": {"First Name":"traits.a","b":"ignore"}, or not',
      "--column 'First Name=traits.a' --column b=ignore, or not",
    ],
    [
      '"values": {"role":{"Admin":"admin","":"user","a:b=c":"x=y"}}',
      "--value role:Admin=admin --value role:=user --value 'role:a\\:b\\=c=x=y'",
    ],
    ['"defaults": {"role":"user"}', '--default role=user'],
    ['with "allow":["activate","change-address"]', 'with --allow activate,change-address'],
    ['"csv": {"leadingApostrophes": "remove"}!', '--leading-apostrophes remove!'],
    ['"csv": {"nothing": ["NULL","N/A"]}', '--nothing NULL,N/A'],
    ['start with "onInvalid":"import-valid" to', 'start with --on-invalid import-valid to'],
    ['"columns": {"it\'s}":"ignore"}', "--column 'it'\\''s}=ignore'"],
  ])('has options in the place of %j', (message, spelled) => {
    expect(asOptions(message)).toBe(spelled);
  });

  it.each([
    'nothing of an input',
    'the key "columns": see the docs',
    '"columns": {"cut":"traits.',
    '"columns": {"no JSON"}',
    '"columns" and {"file":"users.csv"}',
    'cut: "onInvalid":"import-v',
    '"columns": "ignore"',
  ])('stays as it is where it has no whole part of an input (%s)', (message) => {
    expect(asOptions(message)).toBe(message);
  });

  const name = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
  // Objects of JavaScript have these.
  const key = name.filter((text) => !/^__proto__$|^\d+$/.test(text));
  const shell = (words: string) =>
    execFileSync('sh', ['-c', `printf '%s\\0' ${words}`], { encoding: 'utf8' }).split('\0');

  it('means the same to a shell and to the options as its JSON does', () => {
    const part = fc.record({
      columns: fc.dictionary(key, fc.constantFrom('ignore', 'traits.email'), { minKeys: 1 }),
      values: fc.dictionary(
        key,
        fc.dictionary(fc.oneof(key, fc.constant('')), fc.string(), { minKeys: 1 }),
        { minKeys: 1 },
      ),
      defaults: fc.dictionary(key, fc.string(), { minKeys: 1 }),
    });
    fc.assert(
      fc.property(part, (input) => {
        const texts = Object.entries(input).map(([k, v]) => `"${k}": ${JSON.stringify(v)}`);
        const command = addStartOptions(new Command('start').argument('<file>')).exitOverride();
        const words = asOptions(texts.join(' ')).replaceAll('\0', '');
        command.parse(['users.csv', ...shell(words).slice(0, -1)], { from: 'user' });
        expect(toRequest(command.opts<StartOptions>())).toEqual(input);
      }),
      { numRuns: 60 },
    );
  });
});

it('a notice or a refusal names commands as they are typed', () => {
  expect(asCommands('setConcurrency: got 99; send them with releaseInvitations.')).toBe(
    'concurrency: got 99; send them with release-invitations.',
  );
  expect(asCommands('setMode or setEmailRate, then resume')).toBe(
    'mode or email-rate, then resume',
  );
});
