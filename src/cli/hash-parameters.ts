import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError, EXIT } from './exit.js';

const schema = z.object({
  base64_signer_key: z.base64().min(1),
  base64_salt_separator: z.base64(),
  rounds: z.coerce.number().int().min(1),
  mem_cost: z.coerce.number().int().min(1),
});

/**
 * The parameters of a Firebase project, as its console shows them, from a file: the signer key is a secret, and an
 * argument is seen by everybody on the machine.
 * @returns undefined when no file is named
 */
export async function readHashParameters(
  option: string | undefined,
): Promise<Record<string, string> | undefined> {
  const path = option ?? process.env['FIREBASE_HASH_PARAMETERS_FILE'];
  if (path === undefined || path === '') return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrong(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  });
  const parsed = schema.safeParse(parsedJson(text));
  if (!parsed.success) {
    throw wrong(
      path,
      'is not the JSON of the four parameters: {"base64_signer_key": …, "base64_salt_separator": …, "rounds": 8, "mem_cost": 14}',
    );
  }
  const { base64_signer_key, base64_salt_separator, rounds, mem_cost } = parsed.data;
  return {
    signer_key: base64_signer_key,
    salt_separator: base64_salt_separator,
    rounds: String(rounds),
    mem_cost: String(mem_cost),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(path: string, why: string): CommandError {
  return new CommandError(`The hash parameters in ${path}: the file ${why}.`, EXIT.wrongUse);
}
