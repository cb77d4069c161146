import { getEventListeners } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import bcrypt from 'bcrypt';
import { describe, expect, it, onTestFinished } from 'vitest';
// As built: its threads run the compiled program.
import { createHashingThreads } from '../../../dist/src/passwords/hasher.js';
import { startedThreads } from '../../support/started-threads.js';

const goingOn = new AbortController().signal;
const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));

describe('hashing passwords', () => {
  it('gives each password its own hash, at the cost that was set, however many there are', async () => {
    const { hash } = createHashingThreads(4);
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

  it('takes no more threads than were set', async () => {
    const started = startedThreads();
    const { hash } = createHashingThreads(4, 1);
    await Promise.all(Array.from({ length: 40 }, (_, i) => hash(`password ${i}`, goingOn)));
    expect(started).toHaveLength(1);
  });

  it('takes the waiting passwords of an attempt that is given up back at once, and those of no other', async () => {
    const { hash } = createHashingThreads(8, 2);
    const control = new AbortController();
    const given = Array.from({ length: 1000 }, (_, i) => hash(`password ${i}`, control.signal));
    const other = hash('another', goingOn);
    const first = await given[0]!;
    let rejected = 0;
    for (const each of given) each.catch(() => rejected++);
    control.abort(new Error('given up'));
    // No time for a thread to answer.
    await Promise.resolve();
    await Promise.resolve();
    // All but the passwords that were hashed or being hashed already, a few a thread.
    expect(rejected).toBeGreaterThan(500);
    expect(await bcrypt.compare('password 0', first)).toBe(true);
    expect(await bcrypt.compare('another', await other)).toBe(true);
    await expect(hash('too late', control.signal)).rejects.toThrow('given up');
  });

  it('listens to a signal while passwords wait, so that it can be freed', async () => {
    const { hash } = createHashingThreads(4, 1);
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, 'abort').length;
    const hashes = Array.from({ length: 20 }, (_, i) => hash(`password ${i}`, signal));
    expect(listeners()).toBe(1);
    await Promise.all(hashes);
    expect(listeners()).toBe(0);
  });

  it('gives a waiting password its own hash when those around it are taken back', async () => {
    const { hash } = createHashingThreads(4, 1);
    const control = new AbortController();
    const all = Array.from({ length: 60 }, (_, i) => {
      const isKept = i % 3 === 0;
      return { i, isKept, made: hash(`password ${i}`, isKept ? goingOn : control.signal) };
    });
    for (const { made } of all) made.catch(() => undefined);
    await all[0]!.made;
    control.abort(new Error('given up'));
    for (const { i, isKept, made } of all) {
      if (isKept) expect(await bcrypt.compare(`password ${i}`, await made)).toBe(true);
    }
  });

  it('passes its own test with the program that was built', async () => {
    const { hash, test } = createHashingThreads(4, 1);
    const tested = test();
    // Comes while the only thread is at its test.
    const made = hash('meanwhile', goingOn);
    await tested;
    expect(await bcrypt.compare('meanwhile', await made)).toBe(true);
  });
});

describe('hashing with a program that is wrong', () => {
  it('or missing makes no hash, says so, and goes on once it is right', async () => {
    const { folder, createHashingThreads } = await copied();
    const file = path.join(folder, 'bcrypt.wasm');
    const right = await readFile(file);
    const wrong = Buffer.from(right);
    // `i32.const 1024; end`: the address at which the numbers of pi are put, which the program then reads elsewhere.
    wrong[wrong.indexOf(Buffer.from([0x41, 0x80, 0x08, 0x0b])) + 2]! += 1;
    const { hash, test } = createHashingThreads(4, 1);

    for (const [content, problem] of [
      [wrong, /bcrypt\.wasm, makes wrong hashes/],
      [Buffer.from('no program'), /bcrypt\.wasm, is none/],
      [undefined, /bcrypt\.wasm, cannot be read \(ENOENT\)/],
    ] as const) {
      await rm(file);
      if (content) await writeFile(file, content);
      const error = { name: 'HashingError', message: expect.stringMatching(problem) as string };
      await expect(test()).rejects.toMatchObject(error);
      await expect(hash('secret', goingOn)).rejects.toMatchObject(error);
      await writeFile(file, right);
    }
    expect(await bcrypt.compare('secret', await hash('secret', goingOn))).toBe(true);
  });
});

describe('a thread that hashes', () => {
  it('and ends without a word fails its passwords, and another takes its place', async () => {
    const { createHashingThreads } = await copied({
      before: `parentPort.on('message', (passwords) => passwords.includes('end') && process.exit(0));`,
    });
    const { hash } = createHashingThreads(4, 1);
    const together = await Promise.allSettled([hash('end', goingOn), hash('beside', goingOn)]);
    for (const result of together) {
      const { name, message } = (result as PromiseRejectedResult).reason as Error;
      expect([name, message]).toEqual([
        'HashingError',
        'A thread that hashes passwords ended by itself (0).',
      ]);
    }
    expect(await bcrypt.compare('next', await hash('next', goingOn))).toBe(true);
  });

  it('and breaks fails its passwords without quoting them, and another takes its place', async () => {
    const { createHashingThreads } = await copied({
      before: `parentPort.addEventListener('message', (event) => {
        if (!event.data.includes('break')) return;
        event.stopImmediatePropagation();
        throw new RangeError(event.data.join());
      });`,
    });
    const { hash } = createHashingThreads(4, 1);
    await expect(hash('break', goingOn)).rejects.toMatchObject({
      message: 'A thread that hashes passwords broke: RangeError.',
    });
    expect(await bcrypt.compare('next', await hash('next', goingOn))).toBe(true);
  });

  it('and breaks while it has nothing to do ends nothing, and another takes its place', async () => {
    // Told once its answer has come: what a thread said right before it broke may be lost with it.
    const channel = new BroadcastChannel('break');
    onTestFinished(() => channel.close());
    const { createHashingThreads } = await copied({
      after: `new BroadcastChannel('break').onmessage = () => { throw new Error('broken'); };`,
    });
    const started = startedThreads();
    const { hash } = createHashingThreads(4, 1);
    const made = hash('first', goingOn);
    expect(await bcrypt.compare('first', await made)).toBe(true);
    channel.postMessage('now');
    await started[0]!.ended;
    expect(await bcrypt.compare('next', await hash('next', goingOn))).toBe(true);
    expect(started).toHaveLength(2);
  });
});

/**
 * The compiled program in a folder of its own.
 * @param code that its threads run before or after the program's
 */
async function copied({ before = '', after = '' }: { before?: string; after?: string } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-hashing-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const passwords = path.join(DIST, 'src/passwords');
  const files = await readdir(passwords, { recursive: true });
  for (const file of [...files, '../name-of-error.js']) {
    if (!file.endsWith('.js')) continue;
    let code = await readFile(path.join(passwords, file), 'utf8');
    code = code.replace(/^\/\/# sourceMappingURL.*$/m, '');
    if (file === 'hashing-thread.js') code = [before, code, after].join('\n');
    const copy = path.join(folder, 'src/passwords', file);
    await mkdir(path.dirname(copy), { recursive: true });
    await writeFile(copy, code);
  }
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(folder, 'bcrypt.wasm'), await readFile(path.join(DIST, 'bcrypt.wasm')));
  const program = pathToFileURL(path.join(folder, 'src/passwords/hasher.js')).href;
  const copy = (await import(program)) as { createHashingThreads: typeof createHashingThreads };
  return { folder, createHashingThreads: copy.createHashingThreads };
}
