import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writtenHere } from '../../../src/csv/dialect.js';
import { readBlocks } from '../../../src/csv/records.js';
import { FileHash } from '../../../src/validation/file-hash.js';

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
