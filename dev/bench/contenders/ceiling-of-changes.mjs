// The speed of Kratos's changes and deletions, which it takes one a request: a bare loop that knows the users' ids.
// Usage: ceiling-of-changes.mjs update|delete ADMIN_URL CONCURRENCY
import { connect } from './http.mjs';
import { listUsers } from './list-users.mjs';

const [job = '', adminUrl = '', concurrency] = process.argv.slice(2);
/** @type {{path: string, patch: string}[]} */
const users = [];
for await (const { id, traits } of listUsers(adminUrl)) {
  // A role that they do not have: Kratos would do less for one that changes nothing.
  const value = traits['role'] === 'support' ? 'user' : 'support';
  const patch = JSON.stringify([{ op: 'replace', path: '/traits/role', value }]);
  users.push({ path: `/admin/identities/${id}`, patch });
}
const send = connect(adminUrl);
const started = performance.now();
let next = 0;

async function loop() {
  for (let user = users[next++]; user; user = users[next++]) {
    const isUpdate = job === 'update';
    const { status } = isUpdate
      ? await send('PATCH', user.path, user.patch)
      : await send('DELETE', user.path);
    if (status !== (isUpdate ? 200 : 204)) throw new Error(`Kratos refused [status=${status}]`);
  }
}

await Promise.all(Array.from({ length: Number(concurrency) }, loop));
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, changed: users.length }));
process.exit(0);
