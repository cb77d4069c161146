/** The commands that steer an undo, each a signal and an update of the same name. */

/** Each command with what the Temporal UI says of it. */
export const UNDO_COMMANDS = {
  pause:
    'Undo no further user from the next chunk on; what is in flight finishes. Go on with resume.',
  resume: 'Go on after a pause. Takes no argument.',
  approve: 'Carry the plan out: delete and restore users. Takes no argument.',
} as const;

export type UndoCommandName = keyof typeof UNDO_COMMANDS;
export const UNDO_COMMAND_NAMES = Object.keys(UNDO_COMMANDS) as UndoCommandName[];
