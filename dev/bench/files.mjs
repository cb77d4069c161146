// The files that are imported: people who do not exist, at a size of choice.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { ALL, NONE, THIRD } from './labels.mjs';

/**
 * The rows that have a password. The other users are invited to choose one, or get a random one from the script that
 * this project replaces.
 * @type {Record<string, (row: number) => boolean>}
 */
export const FILES = {
  [NONE]: () => false,
  [THIRD]: (row) => row % 3 === 0,
  [ALL]: () => true,
};

const ROLES = ['user', 'user', 'user', 'support', 'admin'];

/**
 * @param {string} path
 * @param {{rows: number, hasPassword?: (row: number) => boolean, isChanged?: (row: number) => boolean}} options
 *   `isChanged`: the rows with another role than in the file without it
 */
export async function writeCsv(path, { rows, hasPassword = () => false, isChanged = () => false }) {
  const out = createWriteStream(path);
  out.write('email,first_name,last_name,role,tenant_id,initial_password\n');
  for (let i = 0; i < rows; i++) {
    const usual = ROLES[i % ROLES.length];
    const role = !isChanged(i) ? usual : usual === 'user' ? 'support' : 'user';
    const password = hasPassword(i) ? `pass word, ${i} and more` : '';
    const line = `person.${i}@example.com,First ${i},"Last, ${i}",${role},t${i % 50},"${password}"\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
