/** The command line: parses strictly, runs one command, and turns a failure into a message and an exit status. */
import { Command } from 'commander';
import { loadEnvFile } from '../env-file.js';
import { VERSION } from '../version.js';
import type { CommandContext } from './command-context.js';
import { addCancelCommand } from './commands/cancel.js';
import { addCheckCommand } from './commands/check.js';
import { addConvertCommand } from './commands/convert.js';
import { addHashTestCommand } from './commands/hash-test.js';
import { addOriginCommand } from './commands/origin.js';
import { addPresetsCommand } from './commands/presets.js';
import { addPurgeCommand } from './commands/purge.js';
import { addRetentionCommand } from './commands/retention.js';
import { addReportCommand } from './commands/report.js';
import { addRetryCommand } from './commands/retry.js';
import { addStartCommand } from './commands/start.js';
import { addSteeringCommands } from './commands/steer.js';
import { addTemplateCommand } from './commands/template.js';
import { addUndoCommand } from './commands/undo.js';
import { addWatchCommands } from './commands/watch.js';
import { addWorkerCommand } from './commands/worker.js';
import { EXIT } from './exit.js';
import { reportError } from './report-error.js';
import { writeLines, writeMessage } from './terminal.js';

/** Adds a command that the package itself does not have. */
type Extension = (program: Command, context: CommandContext) => void;

/**
 * @param extensions further commands, such as the demo of a checkout
 * @returns the exit status
 */
export async function main(argv: string[], extensions: Extension[] = []): Promise<number> {
  let status: number = EXIT.done;
  const context: CommandContext = {
    print: (line) => writeLines(process.stdout, [line]),
    exitWith: (code) => void (status = code),
  };
  const program = buildProgram(VERSION, context);
  for (const extend of extensions) extend(program, context);
  try {
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    return reportError(error);
  }
}

/** The commands with their arguments and options, in the order of the help. */
export function buildProgram(version: string, context: CommandContext): Command {
  const program = new Command('user-import')
    .description('Imports users from a CSV into Ory Kratos as a Temporal workflow.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeMessage(process.stdout, text.trimEnd()),
      writeErr: (text) => writeMessage(process.stderr, text.trimEnd()),
    })
    // The demo creates invented users: .env may name a real platform.
    .hook('preAction', (_program, action) => {
      if (action.name() !== 'demo') loadEnvFile();
    });
  addWorkerCommand(program);
  addTemplateCommand(program, context);
  addConvertCommand(program, context);
  addPresetsCommand(program, context);
  addCheckCommand(program, context);
  addHashTestCommand(program, context);
  addStartCommand(program, context);
  addRetryCommand(program, context);
  addWatchCommands(program, context);
  addSteeringCommands(program, context);
  addUndoCommand(program, context);
  addPurgeCommand(program, context);
  addRetentionCommand(program, context);
  addCancelCommand(program, context);
  addReportCommand(program, context);
  addOriginCommand(program, context);
  return program;
}
