import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { addSettingsOptions } from '../options.js';
import type { ScheduleOptions } from '../schedule.js';

export function addScheduleCommand(program: Command, context: CommandContext): void {
  const command = telling(program.command('schedule'))
    .argument('<file>', "CSV below the workers' import root; with * or ? the newest that matches")
    .summary('import a file every night')
    .description('make a schedule that imports a file again and again, as it is at the time')
    .usage('[options] <file>')
    .helpCommand(false)
    .optionsGroup('When:')
    .option('--cron <expression>', "minute, hour, day, month, weekday; required, e.g. '0 3 * * *'")
    .option('--time-zone <zone>', 'of these, e.g. Europe/Berlin (default: UTC)')
    .option('--name <name>', "of the schedule, its imports and its source (default: the file's)");
  addSettingsOptions(command);
  describeOption(command, '--mode', 'what happens to existing users: skip or update (default)');
  describeOption(
    command,
    '--scope',
    "the source that the users of this file belong to (default: the schedule's name)",
  );
  command.action(async (file: string, options: ScheduleOptions) => {
    const { createSchedule } = await import('../schedule.js');
    await createSchedule(file, options, context);
  });
  telling(command.command('list'))
    .description('list the schedules, with their last and next import')
    .action(async () => {
      const { listSchedules } = await import('../schedule.js');
      await listSchedules(context);
    });
  telling(command.command('remove'))
    .argument('<name>', 'of the schedule')
    .description('remove a schedule; an import that runs goes on')
    .action(async (name: string) => {
      const { removeSchedule } = await import('../schedule.js');
      await removeSchedule(name, context);
    });
}

/** A schedule has other defaults than a start. */
function describeOption(command: Command, long: string, description: string): void {
  command.options.find((option) => option.long === long)!.description = description;
}
