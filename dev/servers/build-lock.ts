import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The owner touches its lock this often; a lock that was not touched for `STALE_MS` has lost its owner. */
const TOUCH_MS = 5_000;
const STALE_MS = 30_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    // The age counts as well as the process id, which may mean another machine's or container's process.
    if (Date.now() - (await stat(file)).mtimeMs > STALE_MS) return true;
    const pid = Number(await readFile(file, 'utf8'));
    return pid > 0 && !isAlive(pid);
  } catch {
    return false; // Removed meanwhile: the next attempt to create it shows whether another process has it.
  }
}

/**
 * Runs `work` while no other process runs it under the same lock file.
 *
 * Two waiters that find a stale lock in the same instant could both get in. That is harmless here: a build goes to
 * a folder of its own and is renamed to its place in one step, so the price is a second build.
 *
 * @param onWait called at once when another process holds the lock, and every 30 seconds while it does, with the
 *   seconds waited so far
 */
export async function withBuildLock<T>(
  file: string,
  onWait: (seconds: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = Date.now();
  for (let nextWord = started; ;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isStale(file)) {
        await rm(file, { force: true });
        continue;
      }
      if (Date.now() >= nextWord) {
        onWait(Math.round((Date.now() - started) / 1000));
        nextWord += 30_000;
      }
      await sleep(250);
    }
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(file, { force: true });
  }
}
