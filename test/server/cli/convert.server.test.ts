import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { importExport } from '../../support/converted-people.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
});

afterAll(async () => {
  await rm(desk, { recursive: true });
  await world.close();
});

test('who comes from Auth0 signs in with the old password', async () => {
  await importExport(world, desk, 'auth0');
});
