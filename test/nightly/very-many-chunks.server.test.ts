import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identitiesOf } from '../support/identities.js';
import { imports, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/**
 * Ten chunks take three events at least, so these are more than the 2,000 at which the test server suggests to continue
 * as new.
 */
const CHUNKS = 7000;

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
});
afterAll(() => world.close());

test('a run of very many chunks continues as new and loses none of them', async () => {
  await all.write('many.csv', csvOf('many', CHUNKS));
  const { rows, folder } = await all.run('many', { file: 'many.csv', chunkSize: 1 });
  expect(rows).toMatchObject({ total: CHUNKS, created: CHUNKS });
  const { runId } = await all.client.workflow.getHandle('many').describe();
  expect(path.basename(folder)).not.toBe(runId);
  expect(await identitiesOf(world.kratos.adminUrl, 'many')).toHaveLength(CHUNKS);
});
