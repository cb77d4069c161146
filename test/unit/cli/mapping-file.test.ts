import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withMapping } from '../../../src/cli/mapping-file.js';
import { parseImportInput } from '../../../src/contract/import/input.js';
import { mappingFileSchema } from '../../../src/contract/import/mapping-file.js';
import { temporaryFolder } from '../../support/planned-run.js';

async function mapping(content: unknown): Promise<string> {
  const path = join(await temporaryFolder(), 'hr.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a mapping file', () => {
  it('becomes part of the input, with its name and checksum for the record', async () => {
    const content = {
      $schema: 'https://example.com/mapping.schema.json',
      schemaId: 'staff',
      columns: { Mail: 'traits.email' },
      values: { Role: { administrator: 'admin' }, active: { '1': true } },
      defaults: { state: 'active' },
    };
    const path = await mapping(content);
    const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const request = await withMapping({ mode: 'update' as const }, path);
    expect(request).toMatchObject({
      mode: 'update',
      schemaId: 'staff',
      columns: { Mail: 'traits.email' },
      values: { Role: { administrator: 'admin' }, active: { '1': 'true' } },
      defaults: { state: 'active' },
      mapping: { file: 'hr.json', sha256 },
    });
    expect(parseImportInput({ ...request, file: 'users.csv', actor: 'alice' }).ok).toBe(true);
  });

  it('has only the settings of the file that it names: a retry takes the others over', async () => {
    expect(await withMapping({}, await mapping({}))).not.toHaveProperty('csv');
    const path = await mapping({ csv: { nothing: ['NULL'], separator: 'tab' } });
    const given = { csv: { separator: 'pipe' as const } };
    expect((await withMapping(given, path)).csv).toEqual({ nothing: ['NULL'], separator: 'pipe' });
  });

  it('gives way to what the options say, however they spell a column', async () => {
    const path = await mapping({
      schemaId: 'staff',
      columns: { Mail: 'traits.email', Note: 'ignore' },
      values: { Role: { a: 'admin', b: 'user' } },
      defaults: { state: 'active', tenant_id: 't1' },
    });
    const given = {
      schemaId: 'person',
      columns: { note: 'metadata_public.note' },
      values: { role: { b: 'support' } },
      defaults: { STATE: 'inactive' },
    };
    expect(await withMapping(given, path)).toMatchObject({
      schemaId: 'person',
      columns: { Mail: 'traits.email', note: 'metadata_public.note' },
      values: { role: { a: 'admin', b: 'support' } },
      defaults: { tenant_id: 't1', STATE: 'inactive' },
    });
  });

  it('that is not named leaves the request as it is', async () => {
    const request = { columns: { a: 'ignore' } };
    expect(await withMapping(request, undefined)).toBe(request);
  });

  it.each<[string, unknown, string]>([
    ['that is no JSON', '{"columns":', 'hr.json is not JSON.'],
    ['that is a list', [], 'Expected one JSON object such as {"columns"'],
    ['with another key', { column: {} }, 'Unknown key "column"; the keys are: $schema, schemaId'],
    [
      'with a wrong value',
      { columns: { a: 1 } },
      'columns: got {"a":1}; allowed: an object of CSV',
    ],
    ['that is too large', ' '.repeat(1024 * 1024 + 1), 'hr.json has more than 1 MiB.'],
  ])('%s is refused', async (_what, content, message) => {
    const path = await mapping(content);
    await expect(withMapping({}, path)).rejects.toThrow(message);
  });

  it('that is not there, or is a folder, is refused', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'x.json'));
    await expect(withMapping({}, join(folder, 'x.json'))).rejects.toThrow('is no regular file');
    await expect(withMapping({}, join(folder, 'y.json'))).rejects.toThrow(
      'cannot be read (ENOENT)',
    );
  });
});

describe('schemas/mapping.schema.json', () => {
  const path = new URL('../../../schemas/mapping.schema.json', import.meta.url);
  const example = new URL('../../../examples/mapping.json', import.meta.url);

  it('is what the command line takes: npm run reference writes it anew', async () => {
    const schema = z.toJSONSchema(mappingFileSchema(), { io: 'input' });
    const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 100 });
    await expect(text).toMatchFileSnapshot(path.pathname);
  });

  it('takes the example, and no unknown key', async () => {
    const { $schema: _, ...schema } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >;
    const check = new Ajv({ strict: false }).compile(schema);
    const mapping = JSON.parse(await readFile(example, 'utf8')) as Record<string, unknown>;
    expect([check(mapping), check.errors]).toEqual([true, null]);
    expect(check({ ...mapping, column: {} })).toBe(false);
    expect(await withMapping({}, example.pathname)).toMatchObject({
      mapping: { file: 'mapping.json' },
    });
  });
});
