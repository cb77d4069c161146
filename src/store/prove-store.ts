/** The proof that runs can be kept in a store, and that this machine has room for what is looked up. */
import { InputError, PreflightError } from '../contract/errors.js';
import type { RunLayout } from './run-layout.js';
import { proveScratch } from './scratch.js';
import { StoreError } from './store.js';

/**
 * Writes below the prefix, and removes what it wrote.
 * @throws PreflightError whose message says what to do
 * @throws StoreError `away`: later
 */
export async function proveStore({
  store,
  prefix,
  address,
}: Pick<RunLayout, 'store' | 'prefix' | 'address'>): Promise<void> {
  try {
    proveScratch();
    await store.probe(prefix);
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'away') throw error;
    if (error instanceof StoreError || error instanceof InputError) {
      throw new PreflightError(error.message);
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new PreflightError(
      `The worker cannot write the run's folder ${address} (${code}). Make IMPORT_RUNS writable for it.`,
    );
  }
}
