import type { Kratos } from './kratos.js';

/** The same Kratos, which is asked nothing more once the signal is aborted. */
export function untilAborted(kratos: Kratos, signal: AbortSignal): Kratos {
  return new Proxy(kratos, {
    get(target, operation, receiver) {
      signal.throwIfAborted();
      return Reflect.get(target, operation, receiver) as unknown;
    },
  });
}
