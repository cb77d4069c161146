import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import bcrypt from 'bcrypt';
import { describe, expect, it, onTestFinished } from 'vitest';
// As built: its threads run the compiled program.
import { createPasswordHasher } from '../../../dist/src/passwords/hasher.js';

const goingOn = new AbortController().signal;

describe('hashing passwords', () => {
  it('gives each password its own hash, at the cost that was set, however many there are', async () => {
    const hash = createPasswordHasher(4);
    for (const many of [1, 2, 4, 5, 33]) {
      const passwords = Array.from({ length: many }, (_, i) => `password ${i}`);
      const hashes = await Promise.all(passwords.map((password) => hash(password, goingOn)));
      expect(new Set(hashes).size).toBe(many);
      for (const [i, made] of hashes.entries()) {
        expect(made).toMatch(/^\$2b\$04\$/);
        expect(await bcrypt.compare(passwords[i]!, made)).toBe(true);
      }
    }
  });

  it('drops the waiting passwords of an attempt that is given up, and those of no other attempt', async () => {
    const hash = createPasswordHasher(8);
    const control = new AbortController();
    const given = Array.from({ length: 1000 }, (_, i) => hash(`password ${i}`, control.signal));
    const other = hash('another', goingOn);
    const first = await given[0]!;
    control.abort(new Error('given up'));
    const results = await Promise.allSettled(given);
    expect(await bcrypt.compare('password 0', first)).toBe(true);
    // All but the passwords that were being hashed already, a few a thread.
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(500);
    expect(await bcrypt.compare('another', await other)).toBe(true);
  });

  it('makes no hash with a program that makes wrong ones, and goes on once it is right', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-hashing-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));
    const folder = path.join(dist, 'src/passwords');
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.js')) continue;
      const code = await readFile(path.join(folder, file), 'utf8');
      const copy = path.join(dir, 'src/passwords', file);
      await mkdir(path.dirname(copy), { recursive: true });
      await writeFile(copy, code.replace(/^\/\/# sourceMappingURL.*$/m, ''));
    }
    await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
    const right = await readFile(path.join(dist, 'bcrypt.wasm'));
    const wrong = Buffer.from(right);
    // `i32.const 1024; end`: the address at which the numbers of pi are put, which the program then reads elsewhere.
    wrong[wrong.indexOf(Buffer.from([0x41, 0x80, 0x08, 0x0b])) + 2]! += 1;

    const program = pathToFileURL(path.join(dir, 'src/passwords/hasher.js')).href;
    const copy = (await import(program)) as { createPasswordHasher: typeof createPasswordHasher };
    const hash = copy.createPasswordHasher(4);
    await writeFile(path.join(dir, 'bcrypt.wasm'), wrong);
    await expect(hash('secret', goingOn)).rejects.toThrow(/bcrypt\.wasm makes wrong hashes/);
    await writeFile(path.join(dir, 'bcrypt.wasm'), right);
    expect(await bcrypt.compare('secret', await hash('secret', goingOn))).toBe(true);
  });
});
