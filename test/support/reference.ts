/** The page docs/reference.md, made from the schemas and the command line, so that it cannot differ from them. */
import type { Command, Option } from 'commander';
import { format } from 'prettier';
import type { z } from 'zod';
import { addDemoCommand } from '../../dev/demo/command.js';
import { buildProgram } from '../../src/cli/main.js';
import { settingsSchema } from '../../src/config.js';
import { COMMANDS } from '../../src/contract/import/commands.js';
import { csvSchema } from '../../src/contract/import/csv-settings.js';
import { importInputSchema, invitationsSchema } from '../../src/contract/import/input.js';
import { HASH_FORMATS } from '../../src/passwords/formats/formats.js';
import { purgeInputSchema } from '../../src/contract/purge/input.js';
import { undoInputSchema } from '../../src/contract/undo/input.js';
import { told } from './output.js';

/** The purpose of a key, where the rule for its value does not say it. */
const PURPOSES: Record<string, string> = {
  onInvalid: 'on an invalid row, stop before the first create or import the others',
  approval: 'whether the plan waits for `approve`',
  canaryRows: 'import these first, then wait for `approve`',
  canarySignIns: 'known users whose sign-ins are tried before that `approve`',
  haltAboveFailureRate: 'pause when more rows fail',
  chunkSize: 'per request to Kratos',
  concurrency: 'in flight at once',
  markEmailVerified: 'whether addresses count as verified',
  do: 'what becomes of users of the source who are not in the file',
};

/** The value that holds without a key, where the schema does not have it. */
const DEFAULTS: Record<string, string> = {
  schemaId: '`default`, else the only one',
  roles: "the worker's",
  tenants: "the worker's",
  separator: 'as the header line has it',
  encoding: '`utf-8`, or as a byte order mark says',
};

/** Options with another name than their key. */
const OPTIONS: Record<string, string> = {
  columns: 'column',
  values: 'value',
  defaults: 'default',
  send: 'invitations',
  method: 'inviteBy',
  do: 'missing',
};

export function reference(): Promise<string> {
  const { context } = told();
  const program = buildProgram(context, [addDemoCommand]);
  const start = optionsOf(program, 'start');
  const input = importInputSchema().shape;
  const keys = [
    ...keysOf(input).filter(({ name }) => !['invitations', 'csv', 'missing'].includes(name)),
    ...keysOf(objectOf(input.missing).shape, 'missing.'),
    ...keysOf(objectOf(csvSchema()).shape, 'csv.'),
    ...keysOf(objectOf(invitationsSchema()).shape, 'invitations.'),
  ];
  const page = [
    '# Reference',
    'Made by `npm run reference` from the schemas and the command line.',
    '## Input of `importUsers`',
    wrapped(
      'One JSON object, explained in [input.md](input.md). `user-import start` and `retry` take the options,' +
        ` \`check\` takes ${list(optionsOf(program, 'check').map(longName))}.`,
    ),
    table(
      ['key, option', 'default', 'allowed'],
      keys.map((key) => {
        const option = start.find((each) => isOptionOf(each, key));
        const names = option ? [key.path, longName(option)] : [key.path];
        const purpose = PURPOSES[key.name] ? `${PURPOSES[key.name]}: ` : '';
        return [list(names), DEFAULTS[key.name] ?? key.fallback, purpose + key.allowed];
      }),
    ),
    '## Password hashes',
    wrapped(
      'Targets `password_hash.<format>`, and `password_hash.<format>.<part>` for what stands in columns of their own or' +
        ' in `defaults`, which take no secret. See [files.md](files.md#hashes-of-other-products).',
    ),
    table(
      ['format', 'is', 'parts'],
      Object.entries(HASH_FORMATS).map(([name, { about, parts }]) => [
        code(name),
        about,
        Object.entries(parts)
          .map(
            ([part, { about: what, secret }]) =>
              `${code(part)}: ${what}${secret ? ' (secret)' : ''}`,
          )
          .join('; ') || 'none',
      ]),
    ),
    '## Input of `undoImport`',
    'See [undo.md](undo.md).',
    inputTable(undoInputSchema().shape),
    '## Input of `purgeRuns`',
    'See [purge.md](purge.md).',
    inputTable(purgeInputSchema().shape),
    '## Settings of the worker',
    'See [settings.md](settings.md), also for `TEMPORAL_…`.',
    table(
      ['setting', 'default', 'is'],
      Object.entries(settingsSchema.shape).map(([name, type]) => {
        const { description, fallback = 'required' } = type.meta() ?? {};
        return [code(name), String(fallback), description];
      }),
    ),
    '## Commands',
    'Explained by `user-import <command> --help` and in [operating.md](operating.md#commands). Only a checkout has `demo`.',
    program
      .createHelp()
      .visibleCommands(program)
      .flatMap((command) => [
        usageOf(command, keys),
        ...command.commands.map((part) => `${command.name()} ${usageOf(part, keys)}`),
      ])
      .map((usage) => `- ${code(usage)}`)
      .join('\n'),
    `Signals and updates: ${list(Object.keys(COMMANDS))}.`,
  ];
  return format(page.join('\n\n'), { parser: 'markdown', printWidth: 100, singleQuote: true });
}

/** A key of an input. */
interface Key {
  name: string;
  /** The same with the object that it is in. */
  path: string;
  fallback: string;
  allowed: string;
}

/** @param prefix the object that the keys are in */
function keysOf(shape: Record<string, z.ZodType>, prefix = ''): Key[] {
  return Object.entries(shape).map(([name, type]) => {
    const absent = type.safeParse(undefined);
    const fallback = absent.success
      ? describe(type.meta()?.['default'] ?? absent.data)
      : 'required';
    return { name, path: prefix + name, fallback, allowed: type.description ?? '' };
  });
}

function inputTable(shape: Record<string, z.ZodType>): string {
  const rows = keysOf(shape).map(({ path, fallback, allowed }) => [code(path), fallback, allowed]);
  return table(['key', 'default', 'allowed'], rows);
}

function describe(value: unknown): string {
  return value === undefined ? 'none' : code(JSON.stringify(value));
}

/** Without the default around it. */
function objectOf(type: z.ZodType): z.ZodObject {
  const { innerType } = type.def as { innerType?: z.ZodType };
  return innerType ? objectOf(innerType) : (type as z.ZodObject);
}

function optionsOf(program: Command, name: string): readonly Option[] {
  return program.commands.find((command) => command.name() === name)!.options;
}

function isOptionOf(option: Option, { name }: Key): boolean {
  return option.attributeName() === (OPTIONS[name] ?? name);
}

function longName({ long }: Option): string {
  return long ?? '';
}

/** @param keys of the import's input, whose options are in a table of their own */
function usageOf(command: Command, keys: Key[]): string {
  const takesImport = command.registeredArguments.some((argument) => argument.name() === 'file');
  const options = command.options.filter(
    (option) => !takesImport || !keys.some((key) => isOptionOf(option, key)),
  );
  const words = command.usage().split(' ');
  const parts = [
    command.name(),
    ...words.filter((word) => word !== '[options]'),
    ...options.map(({ flags }) => `[${flags}]`),
  ];
  return parts.join(' ');
}

function table(head: string[], rows: (string | undefined)[][]): string {
  const line = (cells: (string | undefined)[]) =>
    `| ${cells.map((cell = '') => cell.replaceAll(/[|<]/g, '\\$&')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** In lines of 110 characters at most, which Prettier leaves as they are. */
function wrapped(text: string): string {
  return text.replaceAll(/(?=.{111})(.{1,110}) /g, '$1\n');
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
