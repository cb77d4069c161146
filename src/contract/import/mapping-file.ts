/** A mapping file: the part of an import's input that stays the same for every file of one source. */
import { z } from 'zod';
import { parseInput, type Parsed } from '../input-problems.js';
import { importInputSchema } from './input.js';

export function mappingFileSchema() {
  const { schemaId, csv, columns, values, defaults } = importInputSchema().shape;
  const $schema = z.string().optional().describe('where the JSON schema of mapping files is');
  return z.strictObject({ $schema, schemaId, csv, columns, values, defaults });
}

export type MappingFile = z.output<ReturnType<typeof mappingFileSchema>>;

export function parseMappingFile(raw: unknown): Parsed<MappingFile> {
  return parseInput(mappingFileSchema(), raw, '{"columns":{"Mail":"traits.email"}}');
}
