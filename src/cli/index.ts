/** The command line for programs: with a data converter, which the settings cannot give. */
import type { DataConverter } from '@temporalio/common';
import { setDataConverter } from '../temporal.js';
import { main } from './main.js';

/** What the command line of an installation of one's own adds. */
export interface CommandLineOptions {
  /** The one of the workers, where it is not the SDK's own: a codec that encrypts, say. */
  dataConverter?: DataConverter | undefined;
}

/**
 * Runs one command of `user-import`, its arguments as in `process.argv`.
 * @returns the exit status, with which the caller ends the process: `process.exit(await runCommandLine(process.argv))`
 */
export function runCommandLine(argv: string[], options: CommandLineOptions = {}): Promise<number> {
  setDataConverter(options.dataConverter);
  return main(argv);
}
