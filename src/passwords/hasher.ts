/** Hashes passwords in threads of their own. */
import { Worker } from 'node:worker_threads';
import { nameOfError } from '../name-of-error.js';
import { HASHES_AT_ONCE } from './bcrypt/bcrypt.js';
import { availableCores } from './cores.js';
import { HASHING_PROBLEMS, HashingError } from './hashing-error.js';
import type { HashingAnswer, HashingThreadData } from './hashing-thread.js';

/**
 * @param signal a hash that waits for its turn is taken back at once when it is aborted
 * @throws HashingError when no hash could be made, or none that can be trusted
 */
export type PasswordHasher = (password: string, signal: AbortSignal) => Promise<string>;

export interface HashingThreads {
  hash: PasswordHasher;
  /**
   * Runs the guards of bcrypt/bcrypt.ts at the cost that was set, before the first password.
   * @throws HashingError when they find a fault
   */
  test: () => Promise<void>;
}

/** A password that waits for its hash. */
interface Waiting {
  password: string;
  signal: AbortSignal;
  resolve: (hash: string) => void;
  reject: (reason: unknown) => void;
}

/**
 * Hashes with bcrypt, as Kratos would, but in several threads and several at once in each: Kratos hashes a batch one
 * after the other inside its transaction. Each thread is started by the first passwords that it gets.
 * @param cost bcrypt's cost, 4 to 15; Kratos's own default is 12
 * @param threads by default one more than there are cores, so that no core waits while the main thread is too busy to
 * hand out what is next
 */
export function createHashingThreads(cost: number, threads = availableCores() + 1): HashingThreads {
  const waiting = new Set<Waiting>();
  /** How many passwords of each signal wait. */
  const waitingOf = new Map<AbortSignal, number>();
  const idle = Array.from({ length: threads }, () => new HashingThread(cost));

  const takeBack = ({ target }: Event): void => {
    for (const one of waiting) {
      if (one.signal !== target) continue;
      leave(one);
      one.reject(one.signal.reason);
    }
  };
  // One listener a signal, however many passwords it has, and none for longer than they wait: a signal that follows one
  // which lives as long as the worker is not freed while it has listeners.
  const enter = (one: Waiting): void => {
    const others = waitingOf.get(one.signal) ?? 0;
    if (others === 0) one.signal.addEventListener('abort', takeBack);
    waitingOf.set(one.signal, others + 1);
    waiting.add(one);
  };
  const leave = (one: Waiting): void => {
    waiting.delete(one);
    const others = waitingOf.get(one.signal)! - 1;
    if (others > 0) return void waitingOf.set(one.signal, others);
    waitingOf.delete(one.signal);
    one.signal.removeEventListener('abort', takeBack);
  };
  const take = (): Waiting[] => {
    const taken: Waiting[] = [];
    for (const one of waiting) {
      if (taken.length === HASHES_AT_ONCE) break;
      leave(one);
      taken.push(one);
    }
    return taken;
  };
  const keepAtWork = async (thread: HashingThread): Promise<void> => {
    for (let taken = take(); taken.length > 0; taken = take()) {
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
    while (waiting.size > 0 && idle.length > 0) void keepAtWork(idle.pop()!);
  };

  return {
    hash: (password, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        enter({ password, signal, resolve, reject });
        // Not at once: a batch asks for all its hashes in one go, and a thread takes several.
        if (waiting.size === 1) queueMicrotask(handOut);
      }),
    test: async () => {
      const thread = idle.pop()!;
      try {
        await thread.hash([]);
      } finally {
        idle.push(thread);
        handOut();
      }
    },
  };
}

/** One thread at a time; where it broke, the next passwords start another. It keeps the process alive while it hashes. */
class HashingThread {
  private thread: Worker | undefined;
  private job: { resolve: (hashes: string[]) => void; reject: (error: Error) => void } | undefined;

  constructor(private readonly cost: number) {}

  /** @param passwords `HASHES_AT_ONCE` at most, when those before them have their hashes or have failed */
  hash(passwords: string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.thread ??= this.start();
      this.thread.ref();
      this.job = { resolve, reject };
      this.thread.postMessage(passwords);
    });
  }

  private start(): Worker {
    const workerData: HashingThreadData = { cost: this.cost };
    const thread = new Worker(new URL('hashing-thread.js', import.meta.url), { workerData });
    // For as long as it lives: an error that nobody listens to would end the process, also of an idle thread.
    const broke = (problem: string): void => {
      if (this.thread !== thread) return;
      this.thread = undefined;
      void thread.terminate();
      this.job?.reject(new HashingError(problem));
    };
    thread.on('message', (answer: HashingAnswer) => {
      if (this.thread !== thread) return;
      if ('problem' in answer) return broke(answer.problem);
      thread.unref();
      this.job?.resolve(answer.hashes);
    });
    thread.on('error', (error) => broke(HASHING_PROBLEMS.threadBroke(nameOfError(error))));
    thread.on('exit', (status) => broke(HASHING_PROBLEMS.threadEnded(status)));
    return thread;
  }
}
