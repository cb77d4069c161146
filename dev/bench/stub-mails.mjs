// What a Kratos answers to the requests of invitations: users whom nobody has stored, links that lead nowhere.
import { randomBytes } from 'node:crypto';
import { placeholderHash } from '../../dist/src/passwords/placeholder.js';

const AT = new Date().toISOString();
const CREDENTIALS = { password: { config: { hashed_password: placeholderHash(8, randomBytes) } } };

/**
 * @param {string} method
 * @param {URL} url
 * @returns {unknown} undefined where the request is none of them
 */
export function answerMails(method, { pathname, searchParams }) {
  if (pathname.endsWith('/self-service/recovery/api')) return { id: 'flow' };
  if (method === 'POST' && pathname.endsWith('/recovery/link')) {
    return { recovery_link: 'http://127.0.0.1/self-service/recovery?token=stub', expires_at: AT };
  }
  const ids = searchParams.getAll('ids');
  if (ids.length > 0 && searchParams.has('include_credential')) return ids.map(identity);
  const [, id] = /\/identities\/([\w-]+)$/.exec(pathname) ?? [];
  return id === undefined ? undefined : identity(id);
}

function identity(/** @type {string} */ id) {
  return {
    ...{ id, schema_id: 'demo', schema_url: 'http://127.0.0.1/schemas/demo', state: 'active' },
    traits: { email: `${id}@example.com`, first_name: 'First', last_name: 'Last' },
    metadata_admin: { csv_import: { runId: 'stub', invitation: { dueSince: AT } } },
    credentials: CREDENTIALS,
  };
}
