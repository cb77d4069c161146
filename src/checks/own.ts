/** What this machine itself, and the audit database, do. */
import type { Settings } from '../config.js';
import { AuditError } from '../audit/audit-database.js';
import { createPostgresAudit } from '../audit/postgres-audit.js';
import { checkAudit } from '../audit/trail.js';
import { createHashingThreads } from '../passwords/hasher.js';
import { HashingError } from '../passwords/hashing-error.js';
import { failed, ok, skipped, unreachable, type Outcome } from './finding.js';

/** No run that there is. */
const NO_RUN = { workflowId: 'doctor', runId: '00000000-0000-4000-8000-000000000000' };

/** Inserts events and takes them back. */
export async function checkAuditDatabase(settings: Settings['audit']): Promise<Outcome> {
  if (!settings) return skipped('AUDIT_DATABASE_URL is not set: events are in the files of runs');
  const audit = createPostgresAudit(settings);
  try {
    const responsible = { file: 'none', actor: 'doctor' };
    await checkAudit({ audit, now: () => new Date() }, NO_RUN, responsible);
    return ok(`takes events into ${settings.table}`);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const remedy = 'See "Audit" in docs/settings.md.';
    return error.kind === 'unavailable'
      ? unreachable(error.message, remedy)
      : failed(error.message, remedy);
  } finally {
    await audit.close();
  }
}

/** Makes hashes whose digests are known. */
export async function checkHashing({ bcryptCost }: Pick<Settings, 'bcryptCost'>): Promise<Outcome> {
  try {
    await createHashingThreads(bcryptCost, 1).test();
    return ok(`bcrypt at cost ${bcryptCost}, as PASSWORD_BCRYPT_COST has it`);
  } catch (error) {
    if (!(error instanceof HashingError)) throw error;
    return failed(error.message, 'Import no passwords with a worker on this machine.');
  }
}
