// The script that this project replaces: five loops over one queue, one POST a user, a random password for a user
// without one, a line printed for each user; or, to undo it, one DELETE a user of the file.
// Usage: recipe.mjs FILE ADMIN_URL skip|update|delete
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Configuration, IdentityApi } from '@ory/client';
import { isAxiosError } from 'axios';
import { parse } from 'csv-parse/sync';
import { listUsers } from './list-users.mjs';

const LOOPS = 5;
const [file = '', basePath = '', mode] = process.argv.slice(2);
const kratos = new IdentityApi(new Configuration({ basePath }));
const started = performance.now();
/** @type {Record<string, string>[]} */
const queue = parse(readFileSync(file), { columns: true, skip_empty_lines: true });
const counts = { created: 0, updated: 0, skipped: 0, deleted: 0, failed: 0 };
/** @type {Map<string, string>} */
const ids = new Map();

async function loop() {
  for (let user = queue.shift(); user; user = queue.shift()) {
    try {
      if (mode === 'delete') {
        await kratos.deleteIdentity({ id: ids.get(user['email'] ?? '') ?? '' });
        counts.deleted++;
        console.error(`deleted ${user['email']}`);
        continue;
      }
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

if (mode === 'delete') {
  for await (const { id, traits } of listUsers(basePath)) ids.set(traits['email'] ?? '', id);
}
await Promise.all(Array.from({ length: LOOPS }, loop));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, ...counts }));
