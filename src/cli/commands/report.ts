import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { ReportOptions } from '../report.js';

export function addReportCommand(program: Command, { exitWith }: CommandContext): void {
  program
    .command('report')
    .argument('<id>', 'workflow id of the import')
    .option(
      '--run <run>',
      'run id, where the workflow id was used more than once (default: the newest)',
    )
    .option('--out <folder>', 'save its files in a new folder of this machine')
    .option('--no-open', 'do not open the page in a browser')
    .description('show the result of an import and what to do next, and open its report as a page')
    .action(async (id: string, options: ReportOptions) => {
      const { printReport } = await import('../report.js');
      const runs = process.env['IMPORT_RUNS'] || undefined;
      exitWith(await printReport(id, options, runs, process.stdout));
    });
}
