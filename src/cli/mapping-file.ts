/** The option `--mapping`: the file becomes part of the import's input, which keeps its name and checksum. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImportRequest } from '../contract/import/input.js';
import { parseMappingFile, type MappingFile } from '../contract/import/mapping-file.js';
import { mergeMappings, type GivenMapping } from '../identity/merge-mappings.js';
import { CommandError, EXIT } from './exit.js';

/** The largest input that Temporal takes is not much larger. */
const MOST_BYTES = 1024 * 1024;

type Request = Partial<ImportRequest>;
type Mapping = Omit<MappingFile, 'csv'> & Pick<ImportRequest, 'csv'>;

/**
 * Adds what a mapping file says to a request, where the request does not say it itself.
 * @param path undefined: there is none
 */
export async function withMapping<Given extends Request>(
  request: Given,
  path: string | undefined,
): Promise<Given> {
  if (path === undefined) return request;
  const { mapping, file } = await readMapping(path);
  return { ...request, ...merged(request, mapping), mapping: file };
}

async function readMapping(path: string) {
  const bytes = await read(path);
  const raw = parseJson(bytes.toString('utf8'), path);
  const parsed = parseMappingFile(raw);
  if (!parsed.ok) throw refusal(path, `is no mapping file. ${parsed.problems}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // A setting that the file leaves out must not come before one that a retry takes over.
  const { csv } = raw as Pick<ImportRequest, 'csv'>;
  return { mapping: { ...parsed.data, csv }, file: { file: basename(path), sha256 } };
}

async function read(path: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw refusal(path, 'is no regular file.');
    if (stats.size > MOST_BYTES) throw refusal(path, 'has more than 1 MiB.');
    return await readFile(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw refusal(path, `cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch {
    throw refusal(path, 'is not JSON.');
  }
}

function refusal(path: string, text: string): CommandError {
  return new CommandError(`The mapping file ${path} ${text}`, EXIT.wrongUse);
}

/** An option for one column leaves what the file says of the others. */
function merged(request: Request, mapping: Mapping): Request {
  return {
    ...(mapping.schemaId !== undefined && { schemaId: request.schemaId ?? mapping.schemaId }),
    ...((mapping.csv ?? request.csv) && { csv: { ...mapping.csv, ...request.csv } }),
    ...mergeMappings(request as Partial<GivenMapping>, mapping),
  };
}
