import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';

/** @param signal hashes that wait for their turn are taken back when it is aborted */
export type PasswordHasher = (password: string, signal: AbortSignal) => Promise<string>;

/**
 * Hashes with bcrypt on libuv's threads, as Kratos would, but on all cores: Kratos hashes a batch one after the other
 * inside its transaction.
 * @param cost bcrypt's cost; Kratos's own default is 12
 */
export function createPasswordHasher(cost: number): PasswordHasher {
  const slots = new Slots(hashingThreads());
  return (password, signal) =>
    slots.run(() => {
      signal.throwIfAborted();
      return bcrypt.hash(password, cost);
    });
}

/**
 * Two more at once than there are cores, so that no core waits while the main thread is too busy to hand out the next one.
 * Two threads of the pool stay free: files are read on them too, and a hash takes up to a quarter of a second.
 */
function hashingThreads(): number {
  const pool = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  return Math.max(1, Math.min(availableParallelism() + 2, pool - 2));
}

/** At most `free` tasks at once, first come first served. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
