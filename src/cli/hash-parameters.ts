import { readFile } from 'node:fs/promises';
import type { Parts } from '../passwords/formats/converted.js';
import { parseFirebaseParameters } from '../passwords/formats/project-parameters.js';
import { CommandError, EXIT } from './exit.js';

/**
 * The parameters of a Firebase project, as its console shows them or as JSON, from a file: the signer key is a secret,
 * and an argument is seen by everybody on the machine.
 * @returns undefined when no file is named
 */
export async function readHashParameters(option: string | undefined): Promise<Parts | undefined> {
  const path = option ?? process.env['FIREBASE_HASH_PARAMETERS_FILE'];
  if (path === undefined || path === '') return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrong(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  });
  const parsed = parseFirebaseParameters(text);
  if ('parts' in parsed) return parsed.parts;
  throw wrong(path, `does not give ${parsed.missing.join(', ')}`);
}

function wrong(path: string, why: string): CommandError {
  return new CommandError(`The file of hash parameters ${path} ${why}.`, EXIT.wrongUse);
}
