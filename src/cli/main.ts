/** The command line: parses strictly, runs one command, and turns what went wrong into a line and an exit status. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isGrpcServiceError, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { Command, CommanderError } from 'commander';
import type { Settings } from '../config.js';
import { loadEnvFile } from '../env-file.js';
import { SettingsError } from '../settings-error.js';
import { CommandError, EXIT } from './exit.js';
import { follow, isUndo, queryProgress } from './follow.js';
import { addImportOptions, addStartOptions, toRequest, type StartOptions } from './options.js';
import { renderStatus } from './render.js';
import type { ReportOptions } from './report.js';
import { startImport } from './start.js';
import { addPurgeCommand } from './purge.js';
import { addSteeringCommands } from './steer.js';
import { temporalAddress } from '../temporal.js';
import { addUndoCommand } from './undo.js';
import { withClient, withImport, withRunningImport } from './with-client.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Adds a command that the package itself does not have. */
type Extension = (program: Command, exitWith: (status: number) => void) => void;

/**
 * @param extensions further commands, such as the demo of a checkout
 * @returns the exit status
 */
export async function main(argv: string[], extensions: Extension[] = []): Promise<number> {
  let status: number = EXIT.done;
  const exitWith = (code: number): void => void (status = code);
  const program = buildProgram(version(), exitWith);
  for (const extend of extensions) extend(program, exitWith);
  try {
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    return reportError(error);
  }
}

/** The commands with their arguments and options. */
export function buildProgram(version: string, exitWith: (status: number) => void): Command {
  const program = new Command('user-import')
    .description('Imports users from a CSV into Ory Kratos as a Temporal workflow.')
    .version(version)
    .exitOverride()
    // The demo creates invented people: what a .env names is somebody's real platform.
    .hook('preAction', (_program, action) => {
      if (action.name() !== 'demo') loadEnvFile();
    });

  program
    .command('worker')
    .description('run a worker; its settings come from the environment or .env')
    .action(async () => {
      const { runWorker } = await import('./run-worker.js');
      await runWorker(await settingsFrom(process.env));
    });

  addImportOptions(program.command('check').argument('<file>', 'CSV on this machine'))
    .description(
      'validate a file against the real identity schema; changes nothing, needs no Temporal',
    )
    .action(async (file: string, options: StartOptions) => {
      const { checkFile } = await import('./check.js');
      exitWith(await checkFile(file, toRequest(options), await checkSettings(), say));
    });

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
        exitWith(await followUntilInterrupted(client.workflow.getHandle(workflowId)));
      }),
    );

  addStartOptions(
    program
      .command('retry')
      .argument('<id>', 'workflow id of the import, or of any retry of it')
      .argument('[file]', 'the corrected copy on this machine (default: its rejects.csv)'),
  )
    .description(
      'import what an import has rejected, once it is corrected; settings are those of that import',
    )
    .action(async (workflowId: string, path: string | undefined, options: StartOptions) =>
      withClient(async (client) => {
        const actor = options.actor ?? userInfo().username;
        const { IMPORT_ROOT: importRoot, IMPORT_RUNS: runsRoot } = process.env;
        const { startRetry } = await import('./retry.js');
        const id = await startRetry(
          client,
          { workflowId, path, actor, overrides: toRequest(options) },
          { importRoot, runsRoot },
          say,
        );
        if (id === undefined || options.detach) return;
        exitWith(await followUntilInterrupted(client.workflow.getHandle(id)));
      }),
    );

  program
    .command('watch')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import until it ends')
    .action((id: string) =>
      withImport(id, async (handle) => exitWith(await followUntilInterrupted(handle))),
    );

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
            ? renderStatus(progress, id)
            : 'No worker answers; start one with: user-import worker',
        );
      }),
    );

  addSteeringCommands(program, say);
  addUndoCommand(program, say, exitWith);
  addPurgeCommand(program, say);

  program
    .command('cancel')
    .argument('<id>', 'workflow id of the import')
    .description('stop an import: chunks in flight finish, the report is written')
    .action((id: string) =>
      withRunningImport(id, async (handle) => {
        await handle.cancel();
        if (await isUndo(handle)) {
          say(
            `Cancelling ${id}: what is in flight finishes, and who is left is listed. Start the undo again to go on.`,
          );
          return;
        }
        say(
          `Cancelling ${id}: the chunks in flight finish, then the report is written. Start the same file again to import the rest.`,
        );
      }),
    );

  program
    .command('report')
    .argument('<id>', 'workflow id of the import')
    .option(
      '--run <run>',
      'run id, where the workflow id was used more than once (default: the newest)',
    )
    .option('--no-open', 'do not open the page in a browser')
    .description('show what an import came to and what to do next, and open its report as a page')
    .action(async (id: string, options: ReportOptions) => {
      const { printReport } = await import('./report.js');
      exitWith(
        await printReport(id, options, process.env['IMPORT_RUNS'] || undefined, process.stdout),
      );
    });

  program
    .command('origin')
    .argument('<who>', 'address that somebody signs in with, or id of an identity')
    .description('show by which import somebody came, by whom and when; needs no Temporal')
    .action(async (who: string) => {
      const { printOrigin } = await import('./origin.js');
      exitWith(await printOrigin(who, await kratosSettings(), say));
    });

  return program;
}

/** What a check has no use for: it takes none of the worker's folders, and sends no mail. */
const NOT_CHECKED = {
  IMPORT_ROOT: '.',
  IMPORT_RUNS: '.',
  SMTP_URL: 'smtp://localhost',
  MAIL_FROM: 'nobody@localhost',
  APP_NAME: 'nobody',
  MAIL_TEMPLATES: '',
  AUDIT_DATABASE_URL: '',
};

function checkSettings(): Promise<Settings> {
  return settingsFrom({ ...process.env, ...NOT_CHECKED });
}

/** Those of Kratos alone, whatever else is set. */
async function kratosSettings(): Promise<Settings['kratos']> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('KRATOS_'));
  return (await settingsFrom({ ...Object.fromEntries(own), ...NOT_CHECKED })).kratos;
}

/** Loaded here, as are the commands that need most: together they take longer than a small command does. */
async function settingsFrom(env: Record<string, string | undefined>): Promise<Settings> {
  const { readSettings } = await import('../config.js');
  return readSettings(env);
}

/** Follows an import; Ctrl+C ends the watching, never the import. */
async function followUntilInterrupted(handle: WorkflowHandle): Promise<number> {
  const watching = new AbortController();
  process.once('SIGINT', () => watching.abort());
  const status = await follow(handle, process.stdout, watching.signal);
  if (status === EXIT.interrupted) {
    const what = (await isUndo(handle)) ? 'The undo' : 'The import';
    say(
      `\n${what} goes on. Watch it: user-import watch ${handle.workflowId}   Stop it: user-import cancel ${handle.workflowId}`,
    );
  }
  return status;
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const { message, status } = explain(error);
  process.stderr.write(`${message}\n`);
  return status;
}

function explain(error: unknown): { message: string; status: number } {
  if (error instanceof CommandError) return { message: error.message, status: error.exitCode };
  if (error instanceof SettingsError) return { message: error.message, status: EXIT.wrongUse };
  const refused = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(refused)) {
    const message = `Temporal at ${temporalAddress()} does not answer as it should: ${refused.details}. What it is at goes on without this command.`;
    return { message, status: EXIT.unreachable };
  }
  return { message: String((error as Error).stack), status: EXIT.incomplete };
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
