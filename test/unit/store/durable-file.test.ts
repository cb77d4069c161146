import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DurableFile, writeDurably } from '../../../src/store/durable-file.js';
import { temporaryFolder } from '../../support/planned-run.js';

describe('a durable file', () => {
  it('is not there under its name before it is whole', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'results.csv');
    const file = await DurableFile.create(path);
    await file.write('x'.repeat(200_000));
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^results\.csv\..+\.tmp$/)]);
    await file.commit();
    expect(await readdir(folder)).toEqual(['results.csv']);
    expect((await stat(path)).size).toBe(200_000);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('holds what one of two attempts wrote when both write at once', async () => {
    const path = join(await temporaryFolder(), 'results.csv');
    const texts = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await Promise.all(
      texts.map((text) =>
        writeDurably(path, async (file) => {
          for (let at = 0; at < text.length; at += 1000)
            await file.write(text.slice(at, at + 1000));
        }),
      ),
    );
    expect(texts).toContain(await readFile(path, 'utf8'));
  });

  it('stays as it was, and alone, when writing it anew fails', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'results.csv');
    await writeDurably(path, (file) => file.write('old'));
    const broken = writeDurably(path, async (file) => {
      await file.write('new');
      throw new Error('halfway');
    });
    await expect(broken).rejects.toThrow('halfway');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['results.csv']);
  });
});
