/** The command line: parses strictly, runs one command, and turns a failure into a message and an exit status. */
import { Command } from 'commander';
import { loadEnvFile } from '../env-file.js';
import { VERSION } from '../version.js';
import type { CommandContext, Reader } from './command-context.js';
import { addCancelCommand } from './commands/cancel.js';
import { addCheckCommand } from './commands/check.js';
import { addCompletionCommand } from './commands/completion.js';
import { addConvertCommand } from './commands/convert.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addHashTestCommand } from './commands/hash-test.js';
import { addInitCommand } from './commands/init.js';
import { addOriginCommand } from './commands/origin.js';
import { addPresetsCommand } from './commands/presets.js';
import { addPurgeCommand } from './commands/purge.js';
import { addRetentionCommand } from './commands/retention.js';
import { addReportCommand } from './commands/report.js';
import { addResultsCommand } from './commands/results.js';
import { addRetryCommand } from './commands/retry.js';
import { addRunsCommand } from './commands/runs.js';
import { addScheduleCommand } from './commands/schedule.js';
import { addStartCommand } from './commands/start.js';
import { addSteeringCommands } from './commands/steer.js';
import { addTemplateCommand } from './commands/template.js';
import { addUndoCommand } from './commands/undo.js';
import { addWatchCommands } from './commands/watch.js';
import { addWorkerCommand } from './commands/worker.js';
import { EXIT } from './exit.js';
import { addHelp } from './help.js';
import { reportError } from './report-error.js';
import { writeJson, writeLines, writeMessage } from './terminal.js';

/** Adds a command that the package itself does not have. */
type Extension = (program: Command, context: CommandContext) => void;

/**
 * @param extensions further commands, such as the demo of a checkout
 * @returns the exit status
 */
export async function main(argv: string[], extensions: Extension[] = []): Promise<number> {
  let status: number = EXIT.done;
  let reader: Reader = 'person';
  const context: CommandContext = {
    print: (line) => {
      if (reader === 'person') writeLines(process.stdout, [line]);
    },
    printJson: (document) => {
      if (reader === 'program') writeJson(process.stdout, document);
    },
    get reader() {
      return reader;
    },
    exitWith: (code) => void (status = code),
  };
  const program = buildProgram(context, extensions);
  program.hook('preAction', (_program, action) => {
    const { json, quiet } = action.optsWithGlobals<{ json?: boolean; quiet?: boolean }>();
    reader = json ? 'program' : quiet ? 'nobody' : 'person';
    // The demo creates invented users: .env may name a real platform.
    if (action.name() !== 'demo') loadEnvFile();
  });
  try {
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    return reportError(error);
  }
}

/** The commands with their arguments and options, in the order of the help. */
export function buildProgram(context: CommandContext, extensions: Extension[] = []): Command {
  const program = new Command('user-import')
    .configureHelp({ subcommandTerm: nameAndArguments })
    .description('Imports users from a CSV into Ory Kratos as a Temporal workflow.')
    .version(VERSION)
    .option('-q, --quiet', 'print errors only; the exit status says what came of it')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeMessage(process.stdout, text.trimEnd()),
      // The help, where no command is named.
      writeErr: (text) => writeMessage(process.stderr, text.trimEnd()),
      outputError: (text) => writeMessage(process.stderr, text.trimEnd(), 'error'),
    });
  program.commandsGroup('Set up:');
  addInitCommand(program, context);
  addDoctorCommand(program, context);
  program.commandsGroup('Prepare:');
  addTemplateCommand(program, context);
  addConvertCommand(program, context);
  addPresetsCommand(program, context);
  addCheckCommand(program, context);
  addHashTestCommand(program, context);
  program.commandsGroup('Import:');
  addStartCommand(program, context);
  addWatchCommands(program, context);
  addResultsCommand(program, context);
  addRetryCommand(program, context);
  addScheduleCommand(program, context);
  program.commandsGroup('Steer:');
  addSteeringCommands(program, context);
  addCancelCommand(program, context);
  program.commandsGroup('Afterwards:');
  addRunsCommand(program, context);
  addReportCommand(program, context);
  addOriginCommand(program, context);
  addUndoCommand(program, context);
  addPurgeCommand(program, context);
  program.commandsGroup('Operate:');
  addWorkerCommand(program);
  addRetentionCommand(program, context);
  for (const extend of extensions) extend(program, context);
  addCompletionCommand(program);
  program.helpCommand('help [command]', 'show the help of a command');
  addHelp(program);
  return program;
}

/** That a command has options goes without saying. */
function nameAndArguments(command: Command): string {
  const words = [command.name(), ...command.usage().split(' ')];
  return words.filter((word) => word !== '[options]').join(' ');
}
