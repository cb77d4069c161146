// The work of an import before any user is created: every row is checked, the chunks are planned, all of it on disk.
// Usage: validate.mjs FILE FOLDER
import path from 'node:path';
import { parseImportInput } from '../../../dist/src/contract/import/input.js';
import { makePlan } from '../../../dist/src/validation/make-plan.js';
import { openImportRoot, openStore } from '../../../dist/src/store/open-store.js';
import { RunLayout } from '../../../dist/src/store/run-layout.js';
import { DEMO_SCHEMA_ID, demoSchema } from '../../../dist/dev/servers/demo-schema.js';

const [file = '', runs = ''] = process.argv.slice(2);
const parsed = parseImportInput({ file: path.basename(file), actor: 'bench' });
if (!parsed.ok) throw new Error(parsed.message);
const run = { workflowId: 'bench', runId: String(process.pid) };
const folder = new RunLayout(await openStore(path.resolve(runs)), run);
const kratos = {
  schemas: async () => [{ id: DEMO_SCHEMA_ID, json: demoSchema }],
  listPage: async () => ({ users: [] }),
};
const deps = {
  importRoot: await openImportRoot(path.dirname(file)),
  ...{ roles: ['admin', 'user', 'support'], tenants: undefined },
  kratos: /** @type {any} */ (kratos),
};
const started = performance.now();
const { rows, invalid } = await makePlan(deps, parsed.input, folder, () => undefined);
if (invalid > 0) throw new Error(`${invalid} rows of the file are invalid`);
console.log(JSON.stringify({ rows, seconds: (performance.now() - started) / 1000 }));
