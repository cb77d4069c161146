/** The errors of Postgres, and of the way to it. */
import { DatabaseError } from 'pg';
import { AuditError } from './audit-database.js';

/** Classes of SQLSTATE that may pass by themselves: connections, resources, an operator, the system. */
const PASSING = new Set(['08', '25', '40', '53', '55', '57', '58', 'XX']);
const NO_ACCESS = new Set(['28', '3D']);
const CANCELED = '57014';

/**
 * Turns an error of `pg` into one that holds nothing of it but codes and names of the table: its messages quote what
 * was sent, and a wrong URL.
 */
export function toAuditError(error: unknown, table: string): AuditError {
  const { code } = (error ?? {}) as { code?: string };
  if (!(error instanceof DatabaseError) || code === undefined) {
    const detail = code === undefined ? '' : ` (${code})`;
    const message = `The audit database does not answer${detail}. Does it run, and is AUDIT_DATABASE_URL right?`;
    return new AuditError('unavailable', message, code);
  }
  const kind = PASSING.has(code.slice(0, 2)) ? 'unavailable' : 'refused';
  return new AuditError(kind, whatIsWrong(error, code, table), code);
}

function whatIsWrong({ column, constraint }: DatabaseError, code: string, table: string): string {
  const place = column ?? constraint;
  if (code === CANCELED) {
    return `The audit database takes too long (${code}). If that goes on, create an index on the column identifier of ${table}.`;
  }
  if (PASSING.has(code.slice(0, 2))) return `The audit database takes no events now (${code}).`;
  if (NO_ACCESS.has(code.slice(0, 2))) {
    return `The audit database lets nobody in (${code}). Correct the user, the password or the database in AUDIT_DATABASE_URL.`;
  }
  switch (code) {
    case '42P01':
    case '3F000':
      return `The audit database has no table ${table} (${code}). Create it, or set AUDIT_TABLE.`;
    case '42501':
      return `The audit database does not let the worker write (${code}). GRANT SELECT, INSERT ON ${table}, and USAGE on its schema, to the user of AUDIT_DATABASE_URL.`;
    case '23502':
      return `The audit table ${table} wants a value where an import has none (${code}, ${place}). Give that column a default, or let it be null.`;
    default:
      return `The audit table ${table} does not take the events of an import (${code}${place ? `, ${place}` : ''}). Compare its columns and rules with those in docs/settings.md.`;
  }
}

/** The table lacks some of the columns. */
export function missingColumns(missing: string[], table: string): AuditError {
  const message = `The audit table ${table} lacks ${missing.length === 1 ? 'the column' : 'the columns'} ${missing.join(', ')}. Add what is missing, or set AUDIT_TABLE.`;
  return new AuditError('refused', message);
}
