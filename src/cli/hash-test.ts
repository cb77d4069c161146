/** Finds out how a password hash is meant, and proves it by signing in with it. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { kratosWarnings, type Settings } from '../config.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { inputPart } from '../contract/input-part.js';
import type { NewIdentity } from '../identity/identity.js';
import { setAt } from '../identity/json-pointer.js';
import { traitAt, traitPaths, type IdentitySchema } from '../identity/schema.js';
import { KratosError, type Kratos, type SignIns } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { createSignIns } from '../kratos/ory-sign-in.js';
import type { Parts } from '../passwords/formats/converted.js';
import { recipesFor, type Recipe } from '../passwords/formats/recipes.js';
import { chooseSchema } from '../validation/choose-schema.js';
import { exampleTraits } from '../validation/template.js';
import { withQuestions } from './ask.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { kratosProblem } from './kratos-problem.js';
import { warningLine } from './lines.js';
import type { Line } from './terminal.js';

/** What is known of one user: never an argument, which other programs of the machine see. */
interface Known {
  password: string;
  /** The hash, and what stands beside it. */
  parts: Parts;
}

/**
 * @param source path of a JSON file, `-` for the standard input; undefined: it is asked for
 * @returns the exit status
 */
export async function testHash(
  { source, schemaId }: { source: string | undefined; schemaId: string | undefined },
  settings: Pick<Settings, 'kratos' | 'roles' | 'tenants' | 'projectParameters'>,
  { print, printJson }: Pick<CommandContext, 'print' | 'printJson'>,
): Promise<number> {
  const { password, parts } = source === undefined ? await ask() : await read(source);
  for (const warning of kratosWarnings(settings.kratos)) print(warningLine(warning));
  const { recipes, refused } = withProject(parts, settings);
  if (recipes.length === 0) {
    const known = refused.map((reason) => `The hash ${reason}.`);
    const why = known.length > 0 ? known : ['The hash is of no known format.'];
    printJson({ signsIn: false, why });
    for (const text of why) print({ tone: 'error', text });
    return EXIT.incomplete;
  }
  const ways = recipes.length === 1 ? 'one way' : `${recipes.length} ways`;
  print(`Trying ${ways} to read the hash, as an invented user who is removed again.`);
  try {
    const kratos = createKratos(settings.kratos);
    const schema = chooseSchema(await kratos.schemas(), schemaId);
    const trial = { kratos, signIns: createSignIns(settings.kratos), schema, settings };
    const found = await firstThatLetsIn(trial, recipes, password);
    if (found === 'interrupted') return EXIT.interrupted;
    if (!found) {
      const why = nothingFits(recipes.length);
      printJson({ signsIn: false, why: [why] });
      print({ tone: 'error', text: why });
      return EXIT.incomplete;
    }
    const reading = importedWith(found, parts);
    printJson({ signsIn: true, ...reading, sent: found.hash });
    for (const line of rendered(reading, found)) print(line);
    return EXIT.done;
  } catch (error) {
    if (error instanceof KratosError) throw kratosProblem(error);
    if (error instanceof InputError || error instanceof PreflightError) {
      throw new CommandError(error.message, EXIT.wrongUse);
    }
    throw error;
  }
}

async function ask(): Promise<Known> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      'There is no terminal to ask at. Give a JSON file with --file, or - for the standard input: {"password":"…","hash":"…","salt":"…"}.',
      EXIT.wrongUse,
    );
  }
  return withQuestions('Nothing was tried.', async ({ askHidden }) => {
    const password = await askHidden('Password of a user (not shown): ');
    const hash = await askHidden('Hash of it, as exported: ');
    const salt = await askHidden('Salt, if it stands in another column (else Enter): ');
    return { password, parts: salt === '' ? { hash } : { hash, salt } };
  });
}

const KNOWN = z
  .looseObject({ password: z.string().min(1), hash: z.string().optional() })
  .catchall(z.union([z.string(), z.number()]).transform(String));

async function read(source: string): Promise<Known> {
  const wrong = (why: string) => new CommandError(`${source} ${why}`, EXIT.wrongUse);
  const content = await (source === '-' ? textOf(process.stdin) : readFile(source, 'utf8')).catch(
    (error: unknown) => {
      throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    },
  );
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    throw wrong('is not JSON.');
  }
  const known = KNOWN.safeParse(json);
  if (!known.success) {
    throw wrong('is not an object of password, hash and what stands beside it, all of them texts.');
  }
  const { password, ...parts } = known.data;
  return { password, parts };
}

/** A salt beside the hash may be that of Firebase, whose other parameters the settings have. */
function withProject(
  parts: Parts,
  { projectParameters }: Pick<Settings, 'projectParameters'>,
): ReturnType<typeof recipesFor> {
  const plain = recipesFor(parts);
  if (!projectParameters?.firebase) return plain;
  const project = recipesFor({ ...parts, ...projectParameters.firebase });
  return {
    recipes: [...project.recipes, ...plain.recipes],
    refused: [...project.refused, ...plain.refused],
  };
}

interface Trial {
  kratos: Kratos;
  signIns: SignIns;
  schema: IdentitySchema;
  settings: Pick<Settings, 'roles' | 'tenants'>;
}

/** One identity at a time, which is gone before the next one, and at Ctrl+C. */
async function firstThatLetsIn(
  trial: Trial,
  recipes: Recipe[],
  password: string,
): Promise<Recipe | 'interrupted' | undefined> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    for (const recipe of recipes) {
      if (await letsIn(trial, recipe, password)) return recipe;
      if (leaving.signal.aborted) return 'interrupted';
    }
    return undefined;
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
  }
}

async function letsIn(
  { kratos, signIns, schema, settings }: Trial,
  { hash }: Recipe,
  password: string,
): Promise<boolean> {
  const { identity, identifier } = throwAway(schema, settings, hash);
  const [answer] = await kratos.createBatch([identity]);
  if (answer?.kind !== 'created') {
    throw new CommandError(
      'Kratos refuses the identity that the sign-in is tried with: no example of it fits the identity schema. Name another schema with --schema-id.',
      EXIT.wrongUse,
    );
  }
  try {
    // The session goes with the identity.
    const { kind } = await signIns.signIn(identifier, password);
    if (kind === 'other') {
      throw new KratosError(
        'refused',
        'Kratos refuses the login for another reason than the password',
        { publicPort: true },
      );
    }
    return kind === 'signed_in';
  } finally {
    await remove(kratos, answer.id);
  }
}

/** Whoever goes on would not know of it. */
async function remove(kratos: Kratos, id: string): Promise<void> {
  try {
    await kratos.remove(id);
  } catch (error) {
    if (!(error instanceof KratosError)) throw error;
    throw new CommandError(
      `${error.message}. The invented user stays in Kratos: remove the identity ${id} by hand.`,
      EXIT.unreachable,
    );
  }
}

/** Of nobody: its address is of a domain that cannot exist. */
function throwAway(
  schema: IdentitySchema,
  lists: Trial['settings'],
  hash: string,
): { identity: NewIdentity; identifier: string } {
  const name = `hash-test-${randomUUID()}`;
  const traits = exampleTraits(schema, lists);
  const paths = traitPaths(schema, ({ identifier, address }) => identifier || address);
  const identifiers = paths.filter(isPlain).map((path) => {
    const isAddress = traitAt(schema, path)?.['format'] === 'email';
    const text = isAddress ? `${name}@example.invalid` : name;
    setAt(traits, path, text);
    return text;
  });
  const [identifier] = identifiers;
  if (identifier === undefined) {
    throw new PreflightError(`The identity schema "${schema.id}" has nothing to sign in with.`);
  }
  const identity: NewIdentity = {
    schemaId: schema.id,
    traits,
    metadataAdmin: { hash_test: true },
    state: 'active',
    hashedPassword: hash,
    verifiedEmails: [`${name}@example.invalid`],
  };
  return { identity, identifier };
}

/** A place of its own, not in a list. */
function isPlain(path: string[]): boolean {
  return !path.includes('*');
}

/** The parts of an import's input with which such hashes are read. */
interface ImportedWith {
  columns: Record<string, string>;
  defaults: Record<string, string>;
}

function importedWith({ format, constants }: Recipe, parts: Parts): ImportedWith {
  const target = (part: string) =>
    ['password_hash', format, part === 'hash' ? undefined : part].filter(Boolean).join('.');
  const given = Object.keys(parts).filter((part) => part !== 'hash');
  const columns = ['hash', ...given].map((part): [string, string] => [
    `<column of the ${part}>`,
    target(part),
  ]);
  const defaults = Object.entries(constants).map(([part, text]): [string, string] => [
    target(part),
    text,
  ]);
  return { columns: Object.fromEntries(columns), defaults: Object.fromEntries(defaults) };
}

function rendered({ columns, defaults }: ImportedWith, { hash }: Recipe): Line[] {
  return [
    { tone: 'success', text: 'The password signs in with this hash. Import it with:' },
    `  ${inputPart('columns', columns)}`,
    ...(Object.keys(defaults).length > 0 ? [`  ${inputPart('defaults', defaults)}`] : []),
    `Kratos is sent: ${hash}`,
  ];
}

function nothingFits(count: number): string {
  const ways = count === 1 ? 'the one way' : `any of the ${count} ways`;
  return `The password does not sign in, in ${ways} to read the hash that Kratos can check. Is it the password of this hash? Is there a salt in another column, or a pepper?`;
}
