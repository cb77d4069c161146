/** The command line: parses strictly, runs one command, and turns what went wrong into a line and an exit status. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Command, CommanderError } from 'commander';
import { loadEnvFile, readSettings, SettingsError, type Settings } from '../config.js';
import { runDemo } from '../demo/demo.js';
import { checkFile } from './check.js';
import { CommandError, EXIT } from './exit.js';
import { follow, queryProgress } from './follow.js';
import { addImportOptions, addStartOptions, toRequest, type StartOptions } from './options.js';
import { renderStatus } from './render.js';
import { runWorker } from './run-worker.js';
import { startImport } from './start.js';
import { withClient, withImport } from './with-client.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns the exit status */
export async function main(argv: string[]): Promise<number> {
  let status: number = EXIT.done;
  const program = buildProgram((code) => (status = code));
  try {
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    return reportError(error);
  }
}

function buildProgram(exitWith: (status: number) => void): Command {
  const program = new Command('user-import')
    .description('Imports users from a CSV into Ory Kratos as a Temporal workflow.')
    .version(version())
    .exitOverride()
    // The demo creates invented people: what a .env names is somebody's real platform.
    .hook('preAction', (_program, action) => {
      if (action.name() !== 'demo') loadEnvFile();
    });

  program
    .command('demo')
    .argument('[file]', 'CSV to import (default: the sample of 1,000 people)')
    .option('--exit', 'end when the import is done')
    .description('start Temporal, Kratos and an inbox on this machine and import a sample')
    .action(async (file: string | undefined, options: { exit?: boolean }) =>
      exitWith(await runDemo({ file, exit: options.exit ?? false })),
    );

  program
    .command('worker')
    .description('run a worker; its settings come from the environment or .env')
    .action(() => runWorker(readSettings(process.env)));

  addImportOptions(program.command('check').argument('<file>', 'CSV on this machine'))
    .description(
      'validate a file against the real identity schema; changes nothing, needs no Temporal',
    )
    .action(async (file: string, options: StartOptions) =>
      exitWith(await checkFile(file, toRequest(options), checkSettings(), say)),
    );

  addStartOptions(program.command('start').argument('<file>', 'CSV on this machine'))
    .description('bring a file to the worker, start its import and watch it')
    .action(async (file: string, options: StartOptions) =>
      withClient(async (client) => {
        const request = { ...toRequest(options), actor: options.actor ?? userInfo().username };
        const { workflowId } = await startImport(
          client,
          file,
          request,
          process.env['IMPORT_ROOT'],
          say,
        );
        if (options.detach) return;
        sayOnInterrupt(workflowId);
        exitWith(await follow(client.workflow.getHandle(workflowId), process.stdout));
      }),
    );

  program
    .command('watch')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import until it ends')
    .action((id: string) => {
      sayOnInterrupt(id);
      return withImport(id, async (handle) => {
        await handle.describe();
        exitWith(await follow(handle, process.stdout));
      });
    });

  program
    .command('status')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import once')
    .action((id: string) =>
      withImport(id, async (handle) => {
        const { status } = await handle.describe();
        const progress = await queryProgress(handle);
        say(`${id}: ${status.name.toLowerCase()}`);
        say(
          progress
            ? renderStatus(progress)
            : 'No worker answers; start one with: user-import worker',
        );
      }),
    );

  program
    .command('cancel')
    .argument('<id>', 'workflow id of the import')
    .description('stop an import: chunks in flight finish, the report is written')
    .action((id: string) =>
      withImport(id, async (handle) => {
        const { status } = await handle.describe();
        if (status.name !== 'RUNNING') {
          throw new CommandError(
            `${id} has ended already (${status.name.toLowerCase()}).`,
            EXIT.wrongUse,
          );
        }
        await handle.cancel();
        say(
          `Cancelling ${id}: the chunks in flight finish, then the report is written. Start the same file again to import the rest.`,
        );
      }),
    );

  return program;
}

/** A check reads and writes none of the worker's folders. */
function checkSettings(): Settings {
  return readSettings({ ...process.env, IMPORT_ROOT: '.', IMPORT_RUNS: '.' });
}

/** Ctrl+C ends the watching, never the import. */
function sayOnInterrupt(workflowId: string): void {
  process.once('SIGINT', () => {
    say(
      `\nThe import goes on. Watch it: user-import watch ${workflowId}   Stop it: user-import cancel ${workflowId}`,
    );
    process.exit(EXIT.interrupted);
  });
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const known = error instanceof CommandError || error instanceof SettingsError;
  process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
  return error instanceof CommandError ? error.exitCode : known ? EXIT.wrongUse : EXIT.incomplete;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
