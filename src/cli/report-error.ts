import { CommanderError } from 'commander';
import { InputError } from '../contract/errors.js';
import { HashingError } from '../passwords/hashing-error.js';
import { FormatError } from '../store/format.js';
import { SettingsError } from '../settings-error.js';
import { StoreError } from '../store/store.js';
import { CommandError, EXIT } from './exit.js';
import { writeMessage } from './terminal.js';

/**
 * Prints why a command failed, in a line where the reason is known.
 * @returns the exit status
 */
export async function reportError(error: unknown): Promise<number> {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const { message, status } = explainOwn(error) ??
    (await explainTemporal(error)) ?? {
      message: unforeseen(error as Error),
      status: EXIT.incomplete,
    };
  writeMessage(process.stderr, message, 'error');
  return status;
}

interface Explanation {
  message: string;
  status: number;
}

/** An error of this program, whose message is for the person at the terminal. */
function explainOwn(error: unknown): Explanation | undefined {
  if (error instanceof CommandError) return { message: error.message, status: error.exitCode };
  const status = OWN.find(([type]) => error instanceof type)?.[1];
  return status === undefined ? undefined : { message: (error as Error).message, status };
}

const OWN: [type: abstract new (...args: never[]) => Error, status: number][] = [
  [InputError, EXIT.wrongUse],
  [SettingsError, EXIT.wrongUse],
  [FormatError, EXIT.wrongUse],
  [StoreError, EXIT.unreachable],
  [HashingError, EXIT.incomplete],
];

/** Temporal's client takes longer to load than a command without it takes. */
async function explainTemporal(error: unknown): Promise<Explanation | undefined> {
  const { isGrpcServiceError, ServiceError } = await import('@temporalio/client');
  const { NamespaceNotFoundError } = await import('@temporalio/common');
  const { isRefusal, refusedBy, temporalAddress, temporalNamespace, UnreachableError } =
    await import('../temporal.js');
  if (error instanceof UnreachableError) {
    return { message: error.message, status: EXIT.unreachable };
  }
  const failure = error instanceof ServiceError ? error.cause : error;
  const lacksNamespace =
    error instanceof NamespaceNotFoundError ||
    (isGrpcServiceError(failure) && isNamespaceMissing(failure));
  if (lacksNamespace) {
    const message = `Temporal at ${temporalAddress()} has no namespace "${temporalNamespace()}". Set TEMPORAL_NAMESPACE to the one of the workers.`;
    return { message, status: EXIT.wrongUse };
  }
  if (!isGrpcServiceError(failure)) return undefined;
  if (isRefusal(failure)) {
    return { message: refusedBy(temporalAddress()), status: EXIT.wrongUse };
  }
  const message = `Temporal at ${temporalAddress()} answers with an error: ${failure.details}. A workflow that runs goes on without this command.`;
  return { message, status: EXIT.unreachable };
}

/** As calls say it that are about no workflow. */
function isNamespaceMissing({ code, details }: { code: number; details: string }): boolean {
  return code === NOT_FOUND && /^namespace .*not found/i.test(details);
}

/** Of gRPC. */
const NOT_FOUND = 5;

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
