import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { CommanderError } from 'commander';
import { HashingError } from '../passwords/hashing-error.js';
import { SettingsError } from '../settings-error.js';
import { temporalAddress, UnreachableError } from '../temporal.js';
import { CommandError, EXIT } from './exit.js';

/**
 * Prints why a command failed, in a line where the reason is known.
 * @returns the exit status
 */
export function reportError(error: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const { message, status } = explain(error);
  process.stderr.write(`${message}\n`);
  return status;
}

function explain(error: unknown): { message: string; status: number } {
  if (error instanceof CommandError) return { message: error.message, status: error.exitCode };
  if (error instanceof SettingsError) return { message: error.message, status: EXIT.wrongUse };
  if (error instanceof UnreachableError)
    return { message: error.message, status: EXIT.unreachable };
  if (error instanceof HashingError) return { message: error.message, status: EXIT.incomplete };
  const failure = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(failure)) {
    const message = `Temporal at ${temporalAddress()} answers with an error: ${failure.details}. A workflow that runs goes on without this command.`;
    return { message, status: EXIT.unreachable };
  }
  return { message: String((error as Error).stack), status: EXIT.incomplete };
}
