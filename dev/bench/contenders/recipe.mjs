// The script that this project replaces: five loops over one queue, one POST a user, a random password for a user
// without one, a line printed for each user. Usage: recipe.mjs FILE ADMIN_URL skip|update
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Configuration, IdentityApi } from '@ory/client';
import { isAxiosError } from 'axios';
import { parse } from 'csv-parse/sync';

const LOOPS = 5;
const [file = '', basePath, mode] = process.argv.slice(2);
const kratos = new IdentityApi(new Configuration({ basePath }));
const started = performance.now();
/** @type {Record<string, string>[]} */
const queue = parse(readFileSync(file), { columns: true, skip_empty_lines: true });
const counts = { created: 0, updated: 0, skipped: 0, failed: 0 };

async function loop() {
  for (let user = queue.shift(); user; user = queue.shift()) {
    try {
      await create(user);
      counts.created++;
      console.error(`created ${user['email']}`);
    } catch (error) {
      if (isAxiosError(error) && error.response?.status === 409) await resolveExisting(user);
      else counts.failed++;
    }
  }
}

async function create(/** @type {Record<string, string>} */ { initial_password, ...traits }) {
  const password = initial_password || randomUUID();
  await kratos.createIdentity({
    createIdentityBody: {
      ...{ schema_id: 'demo', state: 'active', traits },
      credentials: { password: { config: { password } } },
    },
  });
}

async function resolveExisting(/** @type {Record<string, string>} */ { email = '', role }) {
  if (mode === 'update') {
    const { data } = await kratos.listIdentities({ credentialsIdentifier: email });
    const patch = [{ op: /** @type {const} */ ('replace'), path: '/traits/role', value: role }];
    await kratos.patchIdentity({ id: data[0]?.id ?? '', jsonPatch: patch });
    counts.updated++;
  } else {
    counts.skipped++;
    console.error(`exists ${email}`);
  }
}

await Promise.all(Array.from({ length: LOOPS }, loop));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, ...counts }));
