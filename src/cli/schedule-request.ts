/** What a schedule starts each time, as far as it follows from a command line. Pure. */
import { posix } from 'node:path';
import { SOURCE_NAME, type ImportRequest } from '../contract/import/input.js';
import { CommandError, EXIT } from './exit.js';

/** What an operator says, without what a schedule fills in. */
export type GivenRequest = Omit<ImportRequest, 'file' | 'actor'>;

/**
 * What every night imports. Users who exist are updated unless the mode says otherwise, and belong to a source that is
 * called as the schedule is.
 * @param file a path below the workers' import root, or a pattern of its last part
 */
export function toScheduledRequest(
  file: string,
  { name, actor, given }: { name: string; actor: string; given: GivenRequest },
): ImportRequest {
  const { mode = 'update', missing } = given;
  // In skip mode nobody is in a source: who asked for one is told so by the check of the input.
  const scope = missing?.scope ?? (mode === 'update' ? name : undefined);
  return {
    ...given,
    ...{ file, actor, mode },
    ...((missing || scope !== undefined) && {
      missing: { ...missing, ...(scope !== undefined && { scope }) },
    }),
    ...(isPattern(file) && { newest: true }),
  };
}

/** Whether the newest of several files is meant. */
export function isPattern(file: string): boolean {
  return /[*?]/.test(file);
}

/**
 * The name of a schedule. Its imports are called by it and their time, and its source as well.
 * @param given undefined: it is made of the file's
 * @throws CommandError
 */
export function scheduleName(given: string | undefined, file: string): string {
  const name = given ?? nameFor(file);
  if (SOURCE_NAME.safeParse(name).success) return name;
  throw new CommandError(
    `"${name}" cannot be the name of a schedule: ${SOURCE_NAME.description}, and not dots alone.`,
    EXIT.wrongUse,
  );
}

const BEFORE = 'nightly';
const MOST_OF_A_NAME = 80;

function nameFor(file: string): string {
  const own = posix
    .basename(file)
    .replace(/(\.(csv|tsv|txt))?(\.gz)?$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, MOST_OF_A_NAME)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return own === '' ? BEFORE : `${BEFORE}-${own}`;
}

/**
 * A file is taken where the workers find it, at the time: nothing is copied.
 * @throws CommandError for what can never be below their import root
 */
export function confirmPlace(file: string): void {
  const steps = file.split('/');
  if (!posix.isAbsolute(file) && !steps.includes('..')) {
    if (!steps.slice(0, -1).some(isPattern)) return;
    throw new CommandError(
      `${file}: * and ? are for the name of the file, not for that of a folder.`,
      EXIT.wrongUse,
    );
  }
  throw new CommandError(
    `${file} is no path below the workers' import root, such as exports/users.csv: a schedule copies nothing, it takes the file that is there at the time.`,
    EXIT.wrongUse,
  );
}

/** What lets a night wait, and with it all those after it. */
export function waitsIn({ approval, canaryRows, invitations }: GivenRequest): string[] {
  return [
    ...(approval === 'required' ? ['each plan waits for "approve" (--approval)'] : []),
    ...(canaryRows ? ['its first rows wait for "approve" (--canary-rows)'] : []),
    ...(invitations?.send === 'hold'
      ? ['its mails wait for their release (--invitations hold)']
      : []),
  ];
}
