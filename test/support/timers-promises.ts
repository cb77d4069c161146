/** Replaces node:timers/promises in tests with a fake clock: Vitest's fake timers do not reach that module. */
export function setTimeout(
  ms: number,
  value?: unknown,
  { signal }: { signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw signal.reason;
    const timer = globalThis.setTimeout(() => resolve(value), ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('The operation was aborted', 'AbortError'));
    });
  });
}
