import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../dev/servers/ports.js';
import type { Finding } from '../../../src/checks/finding.js';
import { runCommand } from '../../support/command.js';
import { importsClient } from '../../support/imports.js';
import { until } from '../../support/until.js';
import { startWorker, untilPolled } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let desk: string;

beforeAll(async () => {
  world = await createWorld({ switchedOff: ['link'] });
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
});

afterAll(async () => {
  await rm(desk, { recursive: true, force: true });
  await world.close();
});

/** What doctor finds, by check. */
async function examined(
  settings: Record<string, string> = {},
  args: string[] = [],
): Promise<{ code: number | null; findings: Partial<Record<Finding['check'], Finding>> }> {
  const { code, out } = await runCommand(world, desk, ['doctor', '--json', ...args], settings);
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return { code, findings: Object.fromEntries(findings.map((each) => [each.check, each])) };
}

describe('doctor', () => {
  test('misses a worker, and names what waits for it', async () => {
    const { code, findings } = await examined();
    expect(findings.workers).toMatchObject({
      status: 'failed',
      text: expect.stringContaining('user-import worker') as string,
    });
    expect(code).toBe(1);
  });
});
