import { convert } from '../convert/convert.js';
import { ConvertError } from '../convert/convert-error.js';
import type { SourceName } from '../convert/sources.js';
import type { Counts, Summary } from '../convert/summary.js';
import type { LostPasswords } from '../convert/to-row.js';
import { formatNumber } from '../format.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { readHashParameters } from './hash-parameters.js';
import { word } from '../shell.js';
import { indented } from './lines.js';
import type { Line } from './terminal.js';

export interface ConvertOptions {
  from: SourceName;
  output: string;
  provider?: Record<string, string>;
  hashParameters?: string;
  lostPasswords?: LostPasswords;
}

/**
 * Converts an export, and prints what it kept, converted and lost: counts and reasons, nothing of a user.
 * @returns the exit status
 */
export async function convertFiles(
  files: string[],
  { from, output, provider, hashParameters, lostPasswords }: ConvertOptions,
  { print, printJson }: Pick<CommandContext, 'print' | 'printJson'>,
): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const summary = await convert({
      ...{ from, files, output, lostPasswords, signal: interrupted.signal },
      providers: new Map(Object.entries(provider ?? {})),
      hashParameters: from === 'firebase' ? await readHashParameters(hashParameters) : undefined,
    });
    printJson(summary);
    for (const line of render(summary, output, lostPasswords)) print(line);
    return statusOf(summary, lostPasswords);
  } catch (error) {
    if (interrupted.signal.aborted) {
      throw new CommandError('Interrupted. Nothing was written.', EXIT.interrupted);
    }
    if (error instanceof ConvertError) throw new CommandError(error.message, EXIT.wrongUse);
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function statusOf({ passwords, unreadable }: Summary, known: LostPasswords | undefined): number {
  const isLost = known === undefined && total(passwords.lost) > 0;
  return isLost || total(unreadable.reasons) > 0 ? EXIT.incomplete : EXIT.done;
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function render(
  { users, passwords, signIns, lost, changed, unreadable, unmapped }: Summary,
  output: string,
  known: LostPasswords | undefined,
): Line[] {
  const lostPasswords = total(passwords.lost);
  return [
    `${output}: ${count(users.written)} of ${formatNumber(users.read)}.`,
    ...listed(unreadable.reasons, (reason) => `unreadable: ${reason}`),
    ...unreadable.places.map((place) => `           at ${place}`),
    ...listed(users.leftOut, (reason) => `left out: ${reason}`),
    `passwords: ${formatNumber(passwords.kept)} as they are, ${formatNumber(passwords.converted)} converted, ${formatNumber(lostPasswords)} lost; ${count(passwords.none)} had none`,
    ...listed(passwords.lost, (reason) => `password lost: ${reason}`),
    ...(lostPasswords > 0 ? [whatBecomesOfThem(known)] : []),
    ...listed(signIns, (provider) => `sign in with ${provider}`),
    ...listed(lost, (what) => `lost: ${what}`),
    ...listed(changed, (what) => `changed: ${what}`),
    ...(unmapped.length > 0
      ? [
          `Ignored by an import, unless it is told the trait of each with --column <name>=traits.<path>: ${unmapped.join(', ')}.`,
        ]
      : []),
    `Next: user-import check ${word(output)}`,
  ];
}

function listed(counts: Counts, say: (what: string) => string): string[] {
  return Object.entries(counts).map(([what, n]) => `${formatNumber(n).padStart(9)}  ${say(what)}`);
}

function count(users: number): string {
  return `${formatNumber(users)} ${users === 1 ? 'user' : 'users'}`;
}

function whatBecomesOfThem(known: LostPasswords | undefined): Line {
  switch (known) {
    case 'mail':
      return indented('They choose another password by their invitation.');
    case 'hook':
      return indented('They are marked for the password migration hook.');
    case undefined:
      return indented(
        'An import invites them to choose another one. If that is known, say --lost-passwords mail, or hook to have Kratos ask a password migration hook.',
      );
  }
}
