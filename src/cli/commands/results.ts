import { InvalidArgumentError, Option, type Command } from 'commander';
import { OUTCOMES, type Outcome } from '../../contract/import/outcomes.js';
import { idArgument, runOption, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { toNumber } from '../options.js';
import type { ResultsOptions } from '../results.js';

export function addResultsCommand(program: Command, context: CommandContext): void {
  telling(program.command('results'))
    .addArgument(idArgument())
    .addOption(runOption('the newest'))
    .addOption(
      new Option(
        '--outcome <list>',
        'only rows of these outcomes, separated by commas, e.g. failed,invalid',
      ).argParser(toOutcomes),
    )
    .addOption(
      new Option('--line <lines>', 'only these lines of the file: 17, 17-40 or 17-').argParser(
        toLines,
      ),
    )
    .addOption(new Option('--limit <n>', 'so many rows at most').argParser(toLimit))
    .option(
      '--changes',
      'also which fields of existing users change; of roles and tenants the values',
    )
    .option('--emails', 'also the address, or what else a user is known by')
    .summary('show what became of each row so far')
    .description(
      'show what became of each row so far: while the import runs or waits, and after its end',
    )
    .action(async (id: string | undefined, options: ResultsOptions) => {
      const { printResults } = await import('../results.js');
      await printResults(id, options, process.env['IMPORT_RUNS'] || undefined, context);
    });
}

function toOutcomes(text: string): Outcome[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(OUTCOMES as readonly string[]).includes(name));
  if (unknown === undefined) return names as Outcome[];
  throw new InvalidArgumentError(`"${unknown}" is none of ${OUTCOMES.join(', ')}.`);
}

function toLines(text: string): ResultsOptions['line'] {
  const { from, dash, to } =
    /^(?<from>\d{1,15})(?<dash>-(?<to>\d{1,15})?)?$/.exec(text)?.groups ?? {};
  const lines = { from: Number(from), to: Number(dash === undefined ? from : (to ?? Infinity)) };
  if (lines.from >= 1 && lines.to >= lines.from) return lines;
  throw new InvalidArgumentError(
    'Lines are a number or two: 17, 17-40 or 17-. The header is line 1.',
  );
}

function toLimit(text: string): number {
  const number = toNumber(text);
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}
