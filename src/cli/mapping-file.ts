/** The option `--mapping`: the file becomes part of the import's input, which keeps its name and checksum. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseMappingFile } from '../contract/import/mapping-file.js';
import { CommandError, EXIT } from './exit.js';
import { overlaid, type PartOfRequest } from './overlaid.js';

/** The largest input that Temporal takes is not much larger. */
const MOST_BYTES = 1024 * 1024;

/**
 * Adds what a mapping file says to a request, where the request does not say it itself.
 * @param path undefined: there is none
 */
export async function withMapping<Given extends PartOfRequest>(
  request: Given,
  path: string | undefined,
): Promise<Given> {
  if (path === undefined) return request;
  return { ...request, ...overlaid(await readMapping(path), request) };
}

/** With the file's name and checksum, for the record. */
async function readMapping(path: string): Promise<PartOfRequest> {
  const bytes = await read(path);
  const raw = parseJson(bytes.toString('utf8'), path);
  const parsed = parseMappingFile(raw);
  if (!parsed.ok) throw refusal(path, `is no mapping file. ${parsed.problems}`);
  const { schemaId, columns, values, defaults } = parsed.data;
  // A setting that the file leaves out must not come before one that a retry takes over.
  const { csv } = raw as PartOfRequest;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    ...(schemaId !== undefined && { schemaId }),
    ...(csv && { csv }),
    ...{ columns, values, defaults },
    mapping: { file: basename(path), sha256 },
  };
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
