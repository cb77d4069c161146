import type { Kratos } from './kratos.js';

/**
 * Proves that Kratos answers with its database, at its admin port, and lets this side in.
 * @throws KratosError
 */
export async function proveAdmin(kratos: Pick<Kratos, 'ready' | 'checkToken'>): Promise<void> {
  await kratos.ready();
  await kratos.checkToken();
}
