import { writeFile } from 'node:fs/promises';
import { kratosWarnings, type Settings } from '../config.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { inputPart } from '../contract/input-part.js';
import { KratosError } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { chooseSchema } from '../validation/choose-schema.js';
import { makeTemplate, type Template } from '../validation/template.js';
import type { Print } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { kratosProblem } from './kratos-problem.js';
import { data } from './lines.js';
import { asOptions } from './spelling.js';

export interface TemplateOptions {
  schemaId?: string;
  /** Where the columns are written as a mapping file. */
  mapping?: string;
}

/**
 * Prints a CSV to begin with, made for an identity schema of the real Kratos.
 * @param hint takes what is no part of the CSV
 */
export async function printTemplate(
  { schemaId, mapping }: TemplateOptions,
  settings: Settings,
  print: Print,
  hint: Print,
): Promise<void> {
  for (const warning of kratosWarnings(settings.kratos)) hint(`warning ${warning}`);
  const schemas = await createKratos(settings.kratos)
    .schemas()
    .catch((error: unknown) => {
      throw error instanceof KratosError ? kratosProblem(error) : error;
    });
  const template = templateFor(schemas, schemaId, settings);
  if (mapping !== undefined) await writeMapping(mapping, schemaId, template);
  for (const line of template.csv.trimEnd().split('\n')) print(data(line));
  for (const text of template.missing) hint(`No example is known: ${text}`);
  if (mapping !== undefined) hint(`Start it with --mapping ${mapping}`);
  else if (Object.keys(template.columns).length > 0) {
    hint(`Start it with ${asOptions(inputPart('columns', template.columns))}`);
  }
}

function templateFor(
  schemas: Parameters<typeof chooseSchema>[0],
  schemaId: string | undefined,
  settings: Settings,
): Template {
  try {
    return makeTemplate(chooseSchema(schemas, schemaId), settings);
  } catch (error) {
    const isOurs = error instanceof InputError || error instanceof PreflightError;
    throw isOurs ? new CommandError(error.message, EXIT.wrongUse) : error;
  }
}

/** No file that is there is replaced. */
async function writeMapping(
  path: string,
  schemaId: string | undefined,
  { columns }: Template,
): Promise<void> {
  const text = `${JSON.stringify({ schemaId, columns }, undefined, 2)}\n`;
  await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST' ? 'is there already; name another file' : `cannot be written (${code})`;
    throw new CommandError(`--mapping: ${path} ${why}.`, EXIT.wrongUse);
  });
}
