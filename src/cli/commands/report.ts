import type { Command } from 'commander';
import { idArgument, runOption, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { ReportOptions } from '../report.js';

export function addReportCommand(program: Command, context: CommandContext): void {
  telling(program.command('report'))
    .addArgument(idArgument())
    .addOption(runOption('the newest'))
    .option('--out <folder>', 'save its files in a new folder of this machine')
    .option('--no-open', 'do not open the page in a browser')
    .summary('show what came of an import, and what to do next')
    .description('show the result of an import and what to do next, and open its report as a page')
    .action(async (id: string | undefined, options: ReportOptions) => {
      const { printReport } = await import('../report.js');
      const runs = process.env['IMPORT_RUNS'] || undefined;
      context.exitWith(await printReport(id, options, runs, context));
    });
}
