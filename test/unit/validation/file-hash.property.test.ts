import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writtenHere } from '../../../src/csv/dialect.js';
import { readBlocks } from '../../../src/csv/records.js';
import { FileHash } from '../../../src/validation/file-hash.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'file-hash-'))));
afterAll(() => rm(folder, { recursive: true }));

async function hashOf(content: Buffer, start: number): Promise<string> {
  const path = join(folder, 'users.csv');
  await writeFile(path, content);
  const file = await open(path, 'r');
  try {
    const hash = new FileHash(file, content.subarray(0, start));
    const end = content.length;
    for await (const block of readBlocks(file, { start, end, line: 1 }, writtenHere()))
      await hash.add(block);
    return await hash.digest(end);
  } finally {
    await file.close();
  }
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

it('is that of all the bytes, wherever the rows begin and however the file ends', async () => {
  const parts = fc.constantFrom('a', 'é', ',', '"', '\n', '\r', '\r\n', '\n\n', 'x'.repeat(70_000));
  await fc.assert(
    fc.asyncProperty(
      fc.array(parts, { maxLength: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (texts, where) => {
        const content = Buffer.from(texts.join(''));
        const start = Math.floor(where * content.length);
        expect(await hashOf(content, start)).toBe(sha256(content));
      },
    ),
    { numRuns: 60 },
  );
});

it.each(['', '\uFEFF'])(
  'is that of the header that was parsed, whatever the file says by now (%j)',
  async (mark) => {
    const root = await mkdtemp(join(folder, 'run-'));
    const parsed = Buffer.from(`${mark}email,first_name,last_name\nann@example.com,Ann,Lee\n`);
    const since = Buffer.from(`${mark}email,last_name,first_name\n`);
    /** Is asked once the header is parsed, and before a row is read. */
    class Kratos extends KratosInMemory {
      override async supports(): Promise<boolean> {
        const file = await open(join(root, 'imports', 'users.csv'), 'r+');
        await file.write(since, 0, since.length, 0);
        await file.close();
        return true;
      }
    }
    const { findings, plan } = await PlannedRun.below(root, parsed, {
      kratos: new Kratos(),
      input: { columns: { first_name: 'external_id' } },
    });
    expect(plan.map.columns.map(({ name }) => name)).toEqual(['email', 'first_name', 'last_name']);
    expect(findings.sha256).toBe(sha256(parsed));
  },
);
