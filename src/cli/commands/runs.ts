import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { telling, toWorkflowId } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { RunsOptions } from '../runs.js';

export function addRunsCommand(program: Command, context: CommandContext): void {
  telling(program.command('runs'))
    .argument('[id]', 'workflow id of an import, or of any retry of it', toWorkflowId)
    .addOption(
      new Option('--limit <n>', 'imports, or runs of one, that are listed at most')
        .default(20)
        .argParser(toLimit),
    )
    .summary('list the imports, or the runs of one')
    .description('list the imports or, of one import, its runs, retries and undos; newest first')
    .action(async (id: string | undefined, options: RunsOptions) => {
      const { showRuns } = await import('../runs.js');
      await showRuns(id, options, process.env['IMPORT_RUNS'] || undefined, context);
    });
}

const MOST = 1000;

function toLimit(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw new InvalidArgumentError(`A whole number from 1 to ${MOST}.`);
}
