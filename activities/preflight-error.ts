import { AuditError } from '../src/audit/audit-database.js';
import { KratosError } from '../src/kratos/kratos.js';
import { PreflightError } from '../src/contract/errors.js';

/** Before an import or an undo has begun, what Kratos or the audit database refuses ends it: nobody has to wait for what cannot heal by itself. */
export async function orPreflightError(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KratosError && error.kind === 'unauthorized') {
      throw new PreflightError(
        `Kratos refuses the admin token (${error.details.status}). Set KRATOS_ADMIN_TOKEN, or the proxy in front of Kratos, so that the worker may use the admin API.`,
      );
    }
    if (error instanceof KratosError && error.kind === 'refused') {
      throw new PreflightError(
        `${error.message}. Are KRATOS_ADMIN_URL and KRATOS_PUBLIC_URL the addresses of Kratos's two ports?`,
      );
    }
    if (error instanceof AuditError && error.kind === 'refused') {
      throw new PreflightError(error.message);
    }
    throw error;
  }
}
