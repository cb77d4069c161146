/** Arguments and options that several commands have. They are checked before any connection is made. */
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { isRunId, isWorkflowId } from '../contract/ids.js';

/** `[id]`: left out, the newest import is meant. */
export function idArgument(of = 'workflow id of the import'): Argument {
  return new Argument('[id]', `${of} (default: the newest import)`).argParser(toWorkflowId);
}

/** `<id>`: what cannot be taken back is named. */
export function namedIdArgument(): Argument {
  return new Argument('<id>', 'workflow id of the import').argParser(toWorkflowId);
}

/** @throws InvalidArgumentError */
export function toWorkflowId(text: string): string {
  if (isWorkflowId(text)) return text;
  throw new InvalidArgumentError(notAnId(text));
}

export function notAnId(text: string): string {
  return `"${text}" is no workflow id: letters, digits, and . _ - : make one, 200 at most.`;
}

/** `--run`, where a workflow id was used more than once. */
export function runOption(ifAbsent: string): Option {
  return new Option(
    '--run <run>',
    `run id, as its folder is called (default: ${ifAbsent})`,
  ).argParser(toRunId);
}

function toRunId(text: string): string {
  if (isRunId(text)) return text;
  throw new InvalidArgumentError('A run id is a UUID: user-import runs ID lists them.');
}

/** Adds `--json` to a command that tells something. */
export function telling(command: Command, what = 'one JSON document'): Command {
  return command.option('--json', `print ${what} in place of text`);
}
