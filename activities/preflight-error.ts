/** Refusals before a run has begun. */
import { AuditError } from '../src/audit/audit-database.js';
import { KratosError } from '../src/kratos/kratos.js';
import { PreflightError } from '../src/contract/errors.js';
import { StoreError } from '../src/store/store.js';

const LASTING = new Set<KratosError['kind']>(['unauthorized', 'refused', 'blocked']);

/**
 * Runs a part of a preflight. A refusal by Kratos, a store or the audit database ends the run, since it has not begun and
 * waiting would not heal the refusal.
 */
export async function orPreflightError(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (
      error instanceof KratosError &&
      error.kind === 'unauthorized' &&
      !error.details.publicPort
    ) {
      throw new PreflightError(
        `Kratos, or something in front of it, refuses the admin token (${error.details.status}). Set KRATOS_ADMIN_TOKEN, or the proxy in front of Kratos, so that the worker may use the admin API.`,
      );
    }
    if (error instanceof KratosError && LASTING.has(error.kind)) {
      throw new PreflightError(
        `${error.message}. Are KRATOS_ADMIN_URL and KRATOS_PUBLIC_URL the addresses of Kratos's two ports?`,
      );
    }
    if (error instanceof AuditError || error instanceof StoreError) {
      if (error.kind === 'refused') throw new PreflightError(error.message);
    }
    throw error;
  }
}
