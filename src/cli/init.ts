/** Writing .env from a few answers, each tried on the live servers. Until the end nothing is written. */
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeDurably } from '../store/durable-file.js';
import { isS3 } from '../store/s3-address.js';
import { withQuestions } from './ask.js';
import type { CommandContext, Print } from './command-context.js';
import { mergeEnv, type Merged } from './env-text.js';
import { CommandError, EXIT } from './exit.js';
import { askAll, ASKED, problemOf, suggestions, tryAll, type Answers } from './init-questions.js';

export interface InitOptions {
  /** Nothing is asked: what is set, or answers on this machine, is taken. */
  yes?: boolean;
}

const FILE = '.env';
const HEADER =
  '# Settings of user-import. .env.example and docs/settings.md explain each of them, and the others.\n';
const NOTHING = 'Nothing was written.';

export async function initialize(
  { yes = false }: InitOptions,
  { print, reader, exitWith }: CommandContext,
): Promise<void> {
  const suggested = await suggestions(process.env);
  if (yes) {
    confirmComplete(suggested);
    await tryAll(suggested, print);
    await writeAll(suggested, await merge(suggested), print);
    return;
  }
  if (!process.stdin.isTTY || reader !== 'person') {
    throw new CommandError(
      'There is no terminal to ask at. Set what is needed in the environment, and say --yes:\n  KRATOS_ADMIN_URL=… SMTP_URL=… MAIL_FROM=… APP_NAME=… user-import init --yes',
      EXIT.wrongUse,
    );
  }
  await withQuestions(NOTHING, async (questions) => {
    print('Enter takes what stands in brackets. Ctrl+C leaves everything as it is.');
    const answers = await askAll(questions, suggested, print);
    const merged = await merge(answers);
    if (!(await mayReplace(questions.ask, merged, print))) {
      print(NOTHING);
      exitWith(EXIT.incomplete);
      return;
    }
    await writeAll(answers, merged, print);
  });
}

/** @throws CommandError that names all that is missing or wrong */
function confirmComplete(answers: Answers): void {
  const required = ['KRATOS_ADMIN_URL', 'SMTP_URL', 'MAIL_FROM', 'APP_NAME'];
  const given = ASKED.filter((name) => answers[name]);
  const problems = [...new Set([...required, ...given])].flatMap(
    (name) => problemOf(name, answers[name] ?? '') ?? [],
  );
  if (problems.length === 0) return;
  throw new CommandError(
    `Set these in the environment; nothing was written:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    EXIT.wrongUse,
  );
}

/** The file that is there with the answers in it. @throws CommandError where it cannot be changed */
async function merge(answers: Answers): Promise<Merged & { wasThere: boolean }> {
  const present = await readFile(FILE, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CommandError(`${FILE} cannot be read (${code}). ${NOTHING}`, EXIT.wrongUse);
  });
  const values: Answers = {};
  for (const name of ASKED) {
    const isThere = new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(present ?? '');
    // An old value that does not hold any more is emptied, which counts as not set.
    if (answers[name] || isThere) values[name] = answers[name] ?? '';
  }
  try {
    return { ...mergeEnv(present ?? HEADER, values), wasThere: present !== undefined };
  } catch {
    throw new CommandError(
      `${FILE} is written in a way that cannot be changed safely. Move it away, and start again. ${NOTHING}`,
      EXIT.wrongUse,
    );
  }
}

async function mayReplace(
  ask: (question: string) => Promise<string>,
  { changed, added, wasThere }: Merged & { wasThere: boolean },
  print: Print,
): Promise<boolean> {
  if (!wasThere) return true;
  print({ tone: 'heading', text: `There is a ${FILE} already; its other lines stay.` });
  print(`Changed: ${changed.join(', ') || 'nothing'}`);
  print(`New:     ${added.join(', ') || 'nothing'}`);
  return /^y/i.test(await ask('Write it? [y/N] '));
}

async function writeAll(answers: Answers, { text }: Merged, print: Print): Promise<void> {
  // A link stays one.
  const path = await realpath(FILE).catch(() => resolve(FILE));
  await writeDurably(path, (file) => file.write(text));
  for (const name of ['IMPORT_ROOT', 'IMPORT_RUNS']) await makeFolder(answers[name]!, print);
  print({ tone: 'success', text: `Written: ${path}, readable by you alone.` });
  print('Next, in a terminal of its own:  user-import worker');
  print('Then:                            user-import doctor');
}

async function makeFolder(place: string, print: Print): Promise<void> {
  if (isS3(place) || (await stat(place).catch(() => undefined))) return;
  await mkdir(place, { recursive: true, mode: 0o700 });
  print(`Made: ${resolve(place)}`);
}
