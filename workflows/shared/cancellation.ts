/** Waiting that cancellation ends, and work that it does not reach. */
import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * A scope that the cancellation of the run does not reach: what is in flight finishes, until it is cancelled itself.
 */
export function detachedScope(): CancellationScope {
  return new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
}

/**
 * Waits for a condition.
 * @throws the cancellation of the scope, once there is one
 */
export async function waitUntil(scope: CancellationScope, isMet: () => boolean): Promise<void> {
  await condition(isMet);
  await throwIfCancelled(scope);
}

/** A wait that ends in the same moment in which the run is cancelled does not throw by itself. */
export async function throwIfCancelled(scope: CancellationScope): Promise<void> {
  if (scope.consideredCancelled) await scope.cancelRequested;
}
