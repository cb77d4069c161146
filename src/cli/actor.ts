/** On whose behalf a command runs: a name of a person, which goes into the audit trail. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { withQuestions } from './ask.js';
import type { Print } from './command-context.js';
import { CommandError, EXIT } from './exit.js';

/** The setting of whoever types the commands; the worker does not read it. */
const SETTING = 'IMPORT_ACTOR';

/**
 * The name given, else that of the setting. At a terminal it may be that of the account, which is then said, or is
 * asked for where the account is nobody's own.
 * @throws CommandError where nobody can be asked
 */
export async function actorOf(given: string | undefined, print: Print): Promise<string> {
  const known = given ?? (process.env[SETTING] || undefined);
  if (known !== undefined) return known;
  if (!process.stdin.isTTY) {
    throw new CommandError(
      `On whose behalf? Say it with --actor NAME, or set ${SETTING}: it goes into the audit trail, and there is no terminal to ask at.`,
      EXIT.wrongUse,
    );
  }
  const account = personOf(thisAccount());
  if (account !== undefined) {
    print({
      tone: 'soft',
      text: `On behalf of ${account}; --actor NAME, or ${SETTING}, says otherwise.`,
    });
    return account;
  }
  return withQuestions('Nothing was started.', async ({ ask }) => {
    let name = '';
    while (name === '') name = await ask('On whose behalf? Your name, for the audit trail: ');
    return name;
  });
}

/** What the machine knows of whoever typed the command. */
interface Account {
  isRoot: boolean;
  isInContainer: boolean;
  /** Of the account; undefined where its id has none. */
  name: string | undefined;
  /** Who became root by sudo. */
  sudoUser: string | undefined;
}

/** Root and the users of containers are anybody, unless sudo says who it is. */
export function personOf(account: Account): string | undefined {
  const { isRoot, isInContainer, name, sudoUser } = account;
  if (isInContainer) return undefined;
  const person = isRoot ? sudoUser : name;
  return person === 'root' ? undefined : person || undefined;
}

function thisAccount(): Account {
  const marks = ['/.dockerenv', '/run/.containerenv'];
  return {
    isRoot: process.getuid?.() === 0,
    isInContainer:
      process.env['KUBERNETES_SERVICE_HOST'] !== undefined ||
      marks.some((path) => existsSync(path)),
    name: accountName(),
    sudoUser: process.env['SUDO_USER'],
  };
}

/** An id without an account is an error to Node. */
function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
