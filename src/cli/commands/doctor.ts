import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { DoctorOptions } from '../doctor.js';

export function addDoctorCommand(program: Command, context: CommandContext): void {
  telling(program.command('doctor'))
    .option('--mail-to [address]', 'also send a test invitation there, such as to yourself')
    .summary('check all that an import needs, and say what to do')
    .description(
      'check settings, Temporal, workers, Kratos, mail, folders and audit, and say what to do',
    )
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('../doctor.js');
      await examine(options, context);
    });
}
