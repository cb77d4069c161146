/** The commands that steer a running import, each a signal and an update of the same name. */
import { CONCURRENCY, MODE, PER_MINUTE, type Mode } from './input.js';

/** Each command with its description in the Temporal UI. */
export const COMMANDS = {
  pause:
    'Start no new chunk and no new mail; what is in flight finishes. Takes no argument. Go on with resume.',
  resume: 'Go on after a pause. Takes no argument.',
  approve:
    'Approve what it waits for, such as the plan, who leaves or the canary rows, and go on. Takes no argument.',
  releaseInvitations: 'Send the invitations that are held. Takes no argument.',
  setMode:
    'What happens to a row whose user exists, from the next chunk on. Argument: "skip" or "update", with the quotes.',
  setConcurrency: `Chunks in flight at most, from the next chunk on. Argument: ${CONCURRENCY.description}.`,
  setEmailRate: `Invitation mails a minute at most. Argument: ${PER_MINUTE.description}.`,
} as const;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** A command whose argument is checked. */
export type Command =
  | { name: 'pause' | 'resume' | 'approve' | 'releaseInvitations' }
  | { name: 'setMode'; value: Mode }
  | { name: 'setConcurrency' | 'setEmailRate'; value: number };

export type ParsedCommand = { ok: true; command: Command } | { ok: false; refusal: string };

/** Checks a command's argument; `refusal` names the argument and what is allowed. */
export function parseCommand(name: CommandName, argument: unknown): ParsedCommand {
  switch (name) {
    case 'setMode': {
      const mode = MODE.safeParse(argument);
      return mode.success
        ? { ok: true, command: { name, value: mode.data } }
        : refuse(name, argument, '"skip" or "update"');
    }
    case 'setConcurrency':
    case 'setEmailRate': {
      const type = name === 'setConcurrency' ? CONCURRENCY : PER_MINUTE;
      const number = type.safeParse(argument);
      return number.success
        ? { ok: true, command: { name, value: number.data } }
        : refuse(name, argument, type.description!);
    }
    default:
      return { ok: true, command: { name } };
  }
}

const MOST_CHARACTERS = 40;

function refuse(name: CommandName, argument: unknown, allowed: string): ParsedCommand {
  const text = argument === undefined ? 'nothing' : JSON.stringify(argument);
  const got = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return { ok: false, refusal: `${name}: got ${got}; allowed: ${allowed}.` };
}
