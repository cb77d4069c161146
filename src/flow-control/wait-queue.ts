/** Those who wait for their turn, first come, first served; each may leave before. */
export class WaitQueue {
  private readonly waiting: (() => void)[] = [];

  get size(): number {
    return this.waiting.length;
  }

  /**
   * Waits to be woken.
   * @param signal whoever waits leaves the queue when it is aborted
   * @throws the signal's reason
   */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(wake), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(wake);
    });
  }

  /** Wakes whoever has waited longest. */
  wakeNext(): void {
    this.waiting.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
