import path from 'node:path';
import { inject } from 'vitest';
import { startTemporal } from '../../dev/servers/temporal.js';
import type { World } from './world.js';

/**
 * The same world with a Temporal of its own that suggests to continue as new after so few events that small imports get
 * there.
 * @param limits further ones, by their names in the server's dynamic configuration
 */
export async function withImpatientTemporal(
  world: World,
  events: number,
  limits?: Record<string, number>,
): Promise<World> {
  const temporal = await startTemporal({
    binary: inject('servers').temporalBinary,
    dir: path.join(world.runs, '..', 'impatient-temporal'),
    namespaces: [world.namespace],
    suggestContinueAsNewAfter: events,
    limits,
  });
  world.onClose(() => temporal.stop());
  // The same object: restartKratos changes it.
  return Object.assign(world, { temporalAddress: temporal.address });
}
