/** Hashes passwords on all cores, in threads of their own. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { HASHES_AT_ONCE } from './bcrypt/bcrypt.js';
import type { HashingThreadData } from './hashing-thread.js';

/** @param signal hashes that wait for their turn are taken back when it is aborted */
export type PasswordHasher = (password: string, signal: AbortSignal) => Promise<string>;

/** One more than there are cores, so that no core waits while the main thread is too busy to hand out what is next. */
const THREADS = availableParallelism() + 1;

/** A password that waits for its hash. */
interface Waiting {
  password: string;
  signal: AbortSignal;
  resolve: (hash: string) => void;
  reject: (reason: unknown) => void;
}

/**
 * Hashes with bcrypt, as Kratos would, but on all cores and several at once on each: Kratos hashes a batch one after
 * the other inside its transaction. The threads are started with the first password.
 * @param cost bcrypt's cost, 4 to 31; Kratos's own default is 12
 */
export function createPasswordHasher(cost: number): PasswordHasher {
  const waiting: Waiting[] = [];
  const idle = Array.from({ length: THREADS }, () => new HashingThread(cost));

  /** As many as a thread takes. A password whose attempt was given up is rejected instead. */
  const next = (): Waiting[] => {
    const taken: Waiting[] = [];
    for (let one; taken.length < HASHES_AT_ONCE && (one = waiting.shift());) {
      if (one.signal.aborted) one.reject(one.signal.reason);
      else taken.push(one);
    }
    return taken;
  };
  const keepAtWork = async (thread: HashingThread): Promise<void> => {
    for (let taken = next(); taken.length > 0; taken = next()) {
      try {
        const hashes = await thread.hash(taken.map(({ password }) => password));
        for (const [i, { resolve }] of taken.entries()) resolve(hashes[i]!);
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    idle.push(thread);
  };
  const handOut = (): void => {
    while (waiting.length > 0 && idle.length > 0) void keepAtWork(idle.pop()!);
  };

  return (password, signal) =>
    new Promise((resolve, reject) => {
      waiting.push({ password, signal, resolve, reject });
      // Not at once: a batch asks for all its hashes in one go, and a thread takes several.
      if (waiting.length === 1) queueMicrotask(handOut);
    });
}

/** One thread; another takes its place when it broke. It keeps the process alive only while it hashes. */
class HashingThread {
  private thread: Worker | undefined;

  constructor(private readonly cost: number) {}

  async hash(passwords: string[]): Promise<string[]> {
    const thread = (this.thread ??= this.start());
    thread.ref();
    try {
      thread.postMessage(passwords);
      const [hashes] = (await once(thread, 'message')) as [string[]];
      return hashes;
    } catch (error) {
      this.thread = undefined;
      throw error;
    } finally {
      thread.unref();
    }
  }

  private start(): Worker {
    const workerData: HashingThreadData = { cost: this.cost };
    return new Worker(new URL('hashing-thread.js', import.meta.url), { workerData });
  }
}
