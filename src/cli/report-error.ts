import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { CommanderError } from 'commander';
import { InputError } from '../contract/errors.js';
import { HashingError } from '../passwords/hashing-error.js';
import { FormatError } from '../store/format.js';
import { SettingsError } from '../settings-error.js';
import { StoreError } from '../store/store.js';
import { temporalAddress, UnreachableError } from '../temporal.js';
import { CommandError, EXIT } from './exit.js';
import { writeMessage } from './terminal.js';

/**
 * Prints why a command failed, in a line where the reason is known.
 * @returns the exit status
 */
export function reportError(error: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const { message, status } = explain(error);
  writeMessage(process.stderr, message);
  return status;
}

function explain(error: unknown): { message: string; status: number } {
  if (error instanceof CommandError) return { message: error.message, status: error.exitCode };
  if (error instanceof InputError) return { message: error.message, status: EXIT.wrongUse };
  if (error instanceof StoreError) return { message: error.message, status: EXIT.unreachable };
  if (error instanceof SettingsError) return { message: error.message, status: EXIT.wrongUse };
  if (error instanceof UnreachableError)
    return { message: error.message, status: EXIT.unreachable };
  if (error instanceof FormatError) return { message: error.message, status: EXIT.wrongUse };
  if (error instanceof NamespaceNotFoundError) {
    const message = `Temporal at ${temporalAddress()} has no namespace "${error.namespace}". Set TEMPORAL_NAMESPACE to the one of the workers.`;
    return { message, status: EXIT.wrongUse };
  }
  if (error instanceof HashingError) return { message: error.message, status: EXIT.incomplete };
  const failure = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(failure)) {
    const message = `Temporal at ${temporalAddress()} answers with an error: ${failure.details}. A workflow that runs goes on without this command.`;
    return { message, status: EXIT.unreachable };
  }
  return { message: unforeseen(error as Error), status: EXIT.incomplete };
}

/** Temporal's core names the reason in its messages, as the operating system does. */
const TELLING = new Set(['TransportError', 'ShutdownError', 'IllegalStateError']);

/**
 * A library's message may quote what it was given: a row, a setting, a token. So only the place in the code is shown,
 * unless the message comes from the operating system or from Temporal's core.
 */
function unforeseen(error: Error): string {
  const { name, message, stack = '', syscall, code } = error as NodeJS.ErrnoException;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const isTelling = syscall !== undefined || TELLING.has(name);
  const what = isTelling ? `${name}: ${message}` : code === undefined ? name : `${name} (${code})`;
  return [`Unexpected: ${what}`, ...frames].join('\n');
}
