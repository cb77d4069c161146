import type { Command } from 'commander';
import { format } from 'prettier';
import type { z } from 'zod';
import { buildProgram } from '../../src/cli/main.js';
import { settingsSchema } from '../../src/config.js';
import { FILE_CODES, IMPORT_CODES, ROW_CODES, WARNING_CODES } from '../../src/contract/codes.js';
import { importInputSchema, invitationsSchema } from '../../src/contract/input.js';
import { OUTCOMES } from '../../src/contract/outcomes.js';
import { purgeInputSchema } from '../../src/contract/purge.js';
import { COMMANDS } from '../../src/contract/steering.js';
import { undoInputSchema } from '../../src/contract/undo.js';
import { DEFAULT_TARGETS, REJECT_COLUMNS } from '../../src/rules/columns.js';

/** The page docs/reference.md, as the schemas, the codes and the command line have it. */
export function reference(): Promise<string> {
  const { shape: settings } = settingsSchema;
  const page = [
    '# Reference',
    'Made from the schemas of the program by `npm run reference`, and checked by its tests. What things are for is on the pages that are linked.',
    '## Input of `importUsers`',
    'One JSON object; [input.md](input.md) explains each key. The options of `user-import start` are these keys.',
    inputTable(importInputSchema().shape),
    '### `invitations`',
    inputTable(objectOf(invitationsSchema()).shape),
    '## Input of `undoImport`',
    'See [undo.md](undo.md).',
    inputTable(undoInputSchema().shape),
    '## Input of `purgeRuns`',
    'See [purge.md](purge.md).',
    inputTable(purgeInputSchema().shape),
    '## Signals and updates of an import',
    'See [steering.md](steering.md).',
    table(
      ['name', 'does'],
      Object.entries(COMMANDS).map(([name, does]) => [code(name), does]),
    ),
    '## Columns of the CSV',
    'See [files.md](files.md#the-file). Any other column is ignored with a warning, unless `columns` sends it somewhere.',
    table(
      ['header', 'goes to'],
      [
        ...Object.entries(DEFAULT_TARGETS).map(([name, target]) => [code(name), code(target)]),
        ...REJECT_COLUMNS.map((name) => [code(name), 'nowhere: known from an earlier rejects.csv']),
      ],
    ),
    '## Outcomes and codes',
    'See [files.md](files.md#what-comes-of-it) and [codes.md](codes.md).',
    table(
      ['of', 'are'],
      [
        ['outcomes of a row', list(OUTCOMES)],
        ['codes of the file', list(FILE_CODES)],
        ['codes of a row, by validation', list(ROW_CODES)],
        ['codes of a row, by Kratos', list(IMPORT_CODES)],
        ['warnings', list(WARNING_CODES)],
      ],
    ),
    '## Settings of the worker',
    'See [settings.md](settings.md). `TEMPORAL_…` are read as the Temporal CLI and SDKs read them.',
    table(
      ['setting', 'without it', 'is'],
      Object.entries(settings).map(([name, type]) => {
        const { description = '', fallback = 'the worker does not start' } = type.meta() ?? {};
        return [code(name), String(fallback), description];
      }),
    ),
    '## Commands',
    'See [operating.md](operating.md#commands).',
    ...buildProgram('', () => undefined).commands.flatMap(commandSection),
  ];
  return format(page.join('\n\n'), { parser: 'markdown', printWidth: 100, singleQuote: true });
}

function inputTable(shape: Record<string, z.ZodType>): string {
  return table(
    ['key', 'without it', 'allowed'],
    Object.entries(shape).map(([key, type]) => {
      const absent = type.safeParse(undefined);
      const fallback = absent.success ? describe(absent.data) : 'refused';
      return [code(key), fallback, type.description ?? ''];
    }),
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'none';
  const isNested = typeof value === 'object' && Object.keys(value as object).length > 0;
  return isNested ? 'see below' : code(JSON.stringify(value));
}

/** Without the default around it. */
function objectOf(type: z.ZodType): z.ZodObject {
  const { innerType } = type.def as { innerType?: z.ZodType };
  return innerType ? objectOf(innerType) : (type as z.ZodObject);
}

function commandSection(command: Command): string[] {
  const given = command.registeredArguments.map((argument) => [
    code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
    argument.description,
  ]);
  const options = command.options.map(({ flags, description }) => [code(flags), description]);
  const rows = [...given, ...options];
  return [
    `### \`${command.name()}\``,
    `${command.description()}.`,
    ...(rows.length > 0 ? [table(['argument or option', 'is'], rows)] : []),
  ];
}

function table(head: string[], rows: (string | undefined)[][]): string {
  const line = (cells: (string | undefined)[]) =>
    `| ${cells.map((cell = '') => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
