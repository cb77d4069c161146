// Kratos's own command. It takes JSON, which is made before the clock starts.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';

/**
 * @param {{binary: string, adminUrl: string}} kratos
 * @param {string} file
 * @param {() => string | undefined} passwordOf the password of a user without one in the file
 */
export async function kratosImport({ binary, adminUrl }, file, passwordOf) {
  /** @type {Record<string, string>[]} */
  const rows = parse(await readFile(file), { columns: true });
  const identities = rows.map(({ initial_password, ...traits }) => {
    const password = initial_password || passwordOf();
    return {
      ...{ schema_id: 'demo', state: 'active', traits },
      ...(password && { credentials: { password: { config: { password } } } }),
    };
  });
  const json = `${file}.json`;
  await writeFile(json, JSON.stringify(identities));
  const args = ['import', 'identities', json, '--endpoint', adminUrl, '--format', 'json'];
  const started = performance.now();
  await promisify(execFile)(binary, args, { maxBuffer: 2 ** 28 });
  return { seconds: (performance.now() - started) / 1000 };
}
