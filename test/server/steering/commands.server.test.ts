import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/contract/import/progress.js';
import { COMMANDS } from '../../../src/contract/import/commands.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { allIdentities } from '../../support/identities.js';
import { imports, progressOf, table, wasCancelled, type Imports } from '../../support/imports.js';
import {
  carryTo,
  metadataOf,
  refusalOf,
  steer,
  stepsOf,
  WAYS,
  whileKratosHangs,
  type Step,
} from '../../support/steering.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let proxy: FaultProxy;

/** Started when there was no worker yet. */
let early: WorkflowHandle;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await all.write('early.csv', csv('early', 1, 'Ann'));
  early = await all.start('early', { file: 'early.csv' });
  for (const name of ['resume', 'pause']) await early.signal(name);
  await early.signal('setMode', 'update');
  await early.signal('setMode', 'skip');
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url });
});

afterAll(() => world.close());

/** A file of people with a first name each. */
function csv(prefix: string, rows: number, firstName: string): string {
  const people = Array.from({ length: rows }, (_, i) => `${prefix}${i}@example.com,${firstName}`);
  return ['email,first_name', ...people, ''].join('\n');
}

/** An import that is paused before its first chunk. */
async function startPaused(id: string, input: Record<string, unknown>): Promise<WorkflowHandle> {
  const handle = await all.client.workflow.signalWithStart('importUsers', {
    taskQueue: 'user-import',
    workflowId: id,
    args: [{ actor: 'alice', invitations: { send: 'never' }, ...input }],
    signal: 'pause',
  });
  await until(async () => (await progressOf(handle)).phase === 'importing');
  return handle;
}

async function createdOf(prefix: string): Promise<string[]> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return identities
    .map(({ traits }) => String(traits['email']))
    .filter((it) => it.startsWith(prefix));
}

test('commands that came before any worker are taken in their order', async () => {
  await until(async () => (await progressOf(early)).phase === 'importing');
  expect(await progressOf(early)).toMatchObject({ paused: true, mode: 'skip' });
  await early.signal('resume');
  await early.result();
});

describe.each([
  ['signal', 2400],
  ['update', 2400],
] as const)('steered by %s while %i rows run', (way, ROWS) => {
  const CHUNK = 20;
  /** In every third chunk, every fifth row's user exists, with another first name. */
  const exists = (row: number): boolean => Math.floor(row / CHUNK) % 3 === 0 && row % 5 === 0;
  const EXISTING = Array.from({ length: ROWS }, (_, row) => row).filter(exists).length;
  const answers: Record<string, Progress> = {};
  let paused: Progress;
  let pausedLater: Progress;
  let details: string;
  let steps: Step[];
  let results: Record<string, string>[];
  let summary: { rows: Record<string, number> };

  beforeAll(async () => {
    const [header, ...rows] = csv(way, ROWS, 'New').trimEnd().split('\n');
    await all.write(`${way}.csv`, [header, ...rows, ''].join('\n'));
    const existing = rows.filter((_, i) => exists(i)).map((row) => row.replace('New', 'Old'));
    await all.write(`${way}-existing.csv`, [header, ...existing, ''].join('\n'));
    await all.run(`${way}-existing`, { file: `${way}-existing.csv` });

    const id = `steered-by-${way}`;
    proxy.faults.writesLeft = 0;
    const handle = await all.start(id, { file: `${way}.csv`, chunkSize: CHUNK, concurrency: 2 });
    const give = async (name: string, ...args: unknown[]): Promise<Progress> =>
      (answers[`${name} ${args.join()}`.trim()] = await steer(handle, way, name, ...args));
    const reaches = (rows: number): Promise<void> => carryTo(proxy, handle, rows);

    await reaches(100);
    await give('setConcurrency', 6);
    await reaches(400);
    await give('setConcurrency', 1);
    await reaches(600);
    await give('pause');
    delete proxy.faults.writesLeft;
    await until(async () => (await progressOf(handle)).chunks.inFlight === 0);
    proxy.faults.writesLeft = 0;
    paused = await progressOf(handle);
    details = (await metadataOf(handle)).currentDetails;
    await give('setMode', 'update');
    await give('setConcurrency', 3);
    await give('setEmailRate', 7);
    pausedLater = await progressOf(handle);
    await give('resume');
    await reaches(paused.rows.done + 300);
    await give('setMode', 'skip');
    delete proxy.faults.writesLeft;
    summary = (await handle.result()) as typeof summary;
    steps = stepsOf(await handle.fetchHistory());
    const { runId } = await handle.describe();
    results = await table(path.join(world.runs, id, runId), 'results.csv');
  }, 300_000);

  test('the answer to each command is the progress as it is then', () => {
    expect(answers['setConcurrency 6']).toMatchObject({ concurrency: 6, chunks: { allowed: 6 } });
    expect(answers['setConcurrency 1']).toMatchObject({ concurrency: 1, chunks: { allowed: 1 } });
    expect(answers['pause']).toMatchObject({ paused: true, phase: 'importing', mode: 'skip' });
    expect(answers['setMode update']).toMatchObject({ paused: true, mode: 'update' });
    expect(answers['setConcurrency 3']).toMatchObject({ paused: true, concurrency: 3 });
    expect(answers['setEmailRate 7']).toMatchObject({
      paused: true,
      invitations: { perMinute: 7 },
    });
    expect(answers['resume']).toMatchObject({ paused: false, phase: 'importing' });
    expect(answers['setMode skip']).toMatchObject({ paused: false, mode: 'skip' });
  });

  test('paused, it shows so and how to go on, and nothing moves', () => {
    expect(paused).toMatchObject({ paused: true, phase: 'importing', etaSeconds: null });
    expect(pausedLater.rows).toEqual(paused.rows);
    expect(details).toContain('PAUSED');
    expect(details).toContain(`user-import resume steered-by-${way}`);
  });

  test('at every start of a portion it is not paused, no more are in flight than wanted, and the mode is the current one', () => {
    const wanted = { mode: 'skip', concurrency: 2, paused: false };
    const inFlight = new Set<number>();
    const most: number[] = [];
    for (const step of steps) {
      if (step.did === 'end') inFlight.delete(step.chunk);
      else if (step.did === 'start') {
        inFlight.add(step.chunk);
        expect(wanted.paused, `chunk ${step.chunk}`).toBe(false);
        expect(step.mode, `chunk ${step.chunk}`).toBe(wanted.mode);
        expect(inFlight.size, `chunk ${step.chunk}`).toBeLessThanOrEqual(wanted.concurrency);
        most[wanted.concurrency] = Math.max(most[wanted.concurrency] ?? 0, inFlight.size);
      } else if (step.name === 'pause') wanted.paused = true;
      else if (step.name === 'resume') wanted.paused = false;
      else if (step.name === 'setMode') wanted.mode = step.argument as string;
      else if (step.name === 'setConcurrency') wanted.concurrency = step.argument as number;
    }
    // The wanted concurrency was also used: the one that was left of six went on alone.
    expect([most[2], most[3], most[6]]).toEqual([2, 3, 6]);
  });

  test('existing users are changed by the chunks of the mode update and left alone by the others', async () => {
    const modes = modesOf(steps);
    expect(new Set([...modes.values()].flatMap((of) => [...of]))).toEqual(
      new Set(['skip', 'update']),
    );
    const identities = await allIdentities(world.kratos.adminUrl);
    const names = new Map(identities.map(({ traits }) => [traits['email'], traits['first_name']]));
    for (const [row, { email, outcome }] of results.entries()) {
      const of = modes.get(Math.floor(row / CHUNK) + 1)!;
      const expected = [...of].map((mode) => (mode === 'update' ? 'updated' : 'skipped'));
      expect(exists(row) ? expected : ['created'], email).toContain(outcome);
      expect(names.get(email), email).toBe(outcome === 'skipped' ? 'Old' : 'New');
    }
  });

  test('every row is there once, and the counters say so', async () => {
    expect(results).toHaveLength(ROWS);
    expect(await createdOf(way)).toHaveLength(ROWS);
    const { created, updated, skipped, total } = summary.rows;
    expect({ created, total }).toEqual({ created: ROWS - EXISTING, total: ROWS });
    expect(updated! + skipped!).toBe(EXISTING);
  });
});

/**
 * By chunk: the modes of the portions that were at it. There are two where the first one was asked back in the middle of
 * the chunk: what it had decided stays.
 */
function modesOf(steps: Step[]): Map<number, Set<string>> {
  const inFlight = new Map<number, string>();
  const modes = new Map<number, Set<string>>();
  for (const step of steps) {
    if (step.did === 'start') inFlight.set(step.chunk, step.mode);
    if (step.did !== 'end') continue;
    const mode = inFlight.get(step.chunk)!;
    for (let i = 0; i <= step.done; i++) {
      const chunk = step.chunk + i;
      // The one after those that are done is at work, or is none of this portion's.
      if (i === step.done && modes.has(chunk)) continue;
      modes.set(chunk, new Set([...(modes.get(chunk) ?? []), mode]));
    }
  }
  return modes;
}

describe('a refused command changes nothing and gets a reason', () => {
  const REFUSED: [string, unknown[], string][] = [
    ['setMode', ['merge'], 'setMode: got "merge"; allowed: "skip" or "update".'],
    ['setMode', [], 'setMode: got nothing; allowed: "skip" or "update".'],
    ['setMode', [{ mode: 'update' }], 'setMode: got {"mode":"update"}; allowed'],
    [
      'setConcurrency',
      [0],
      'setConcurrency: got 0; allowed: a whole number of chunks from 1 to 50.',
    ],
    ['setConcurrency', [51], 'setConcurrency: got 51; allowed'],
    ['setConcurrency', ['5'], 'setConcurrency: got "5"; allowed'],
    ['setConcurrency', [2.5], 'setConcurrency: got 2.5; allowed'],
    ['setConcurrency', [null], 'setConcurrency: got null; allowed'],
    ['setEmailRate', [0], 'setEmailRate: got 0; allowed: a whole number of mails from 1 to 60000.'],
    ['setEmailRate', [60_001], 'setEmailRate: got 60001; allowed'],
    ['approve', [], 'approve: nothing waits for approval.'],
    ['releaseInvitations', [], 'releaseInvitations: no invitations are held.'],
  ];

  test.each(WAYS)('by %s', async (way) => {
    await all.write('refused.csv', csv('refused', 5, 'New'));
    const handle = await startPaused(`refused-${way}`, { file: 'refused.csv' });
    const { notices, ...before } = await progressOf(handle);
    for (const [name, args, reason] of REFUSED) {
      const answer = await refusalOf(handle, way, name, ...args);
      expect(answer).toContain(reason);
      if (way === 'signal') expect(answer).toMatch(/^Nothing changed\. /);
      const { notices: _, ...after } = await progressOf(handle);
      expect(after, reason).toEqual(before);
    }
    const { events } = await handle.fetchHistory();
    if (way === 'update') {
      expect((await progressOf(handle)).notices).toEqual(notices);
      const kinds = events?.flatMap((event) => Object.keys(event));
      expect(kinds?.filter((key) => /Update/.test(key))).toEqual([]);
    }
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
  });

  test.each([
    ['in an encoding that the worker does not know', 'json/protobuf', '"update"'],
    ['that is no JSON', 'json/plain', 'update'],
    ['of bytes', 'binary/plain', 'update'],
  ])(
    'a signal with an argument %s, which the Temporal UI lets any operator send',
    async (what, encoding, data) => {
      const handle = await startPaused(`unreadable-${encoding.replace('/', '-')}`, {
        file: 'refused.csv',
      });
      const metadata = { encoding: Buffer.from(encoding) };
      await all.client.workflowService.signalWorkflowExecution({
        namespace: world.namespace,
        workflowExecution: { workflowId: handle.workflowId },
        signalName: 'setMode',
        input: { payloads: [{ metadata, data: Buffer.from(data) }] },
      });
      const progress = await progressOf(handle);
      expect(progress.mode, what).toBe('skip');
      expect(progress.notices.at(-1)?.text).toMatch(
        /^Nothing changed. setMode: got .*; allowed: "skip" or "update".$/,
      );
      await handle.signal('resume');
      await handle.result();
    },
  );

  test('a signal of an unknown name, whose answer lists the names', async () => {
    const handle = await startPaused('unknown', { file: 'refused.csv' });
    for (const unknown of ['pauze', '__temporal_pause', '__stack_trace']) {
      const answer = await refusalOf(handle, 'signal', unknown);
      expect(answer).toContain('Nothing changed.');
      for (const name of Object.keys(COMMANDS)) expect(answer).toContain(name);
    }
    // The same answer again at once is one notice.
    expect((await progressOf(handle)).notices).toHaveLength(2);
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
  });
});

test.each(WAYS)(
  'paused and cancelled while chunks are in flight: no command is taken any more, what was sent finishes, and the report is true (%s)',
  async (way) => {
    const id = `last-${way}`;
    await all.write(`${id}.csv`, csv(id, 200, 'New'));
    const input = { file: `${id}.csv`, chunkSize: 50, concurrency: 2 };
    const handle = await startPaused(id, input);
    await whileKratosHangs(world, async () => {
      await handle.signal('resume');
      await until(async () => (await progressOf(handle)).chunks.inFlight === 2);
      expect(await steer(handle, way, 'pause')).toMatchObject({
        paused: true,
        chunks: { inFlight: 2 },
      });
      await handle.cancel();
      await until(async () => {
        const events = (await handle.fetchHistory()).events ?? [];
        const cancel = events.findIndex((it) => it.workflowExecutionCancelRequestedEventAttributes);
        return events.slice(cancel).some((it) => it.workflowTaskCompletedEventAttributes);
      });
      const { notices: _, ...before } = await progressOf(handle);
      for (const [name, ...args] of [
        ['resume'],
        ['pause'],
        ['setMode', 'update'],
        ['setConcurrency', 9],
        ['setEmailRate', 9],
        ['approve'],
        ['releaseInvitations'],
      ] as [string, ...unknown[]][]) {
        expect(await refusalOf(handle, way, name, ...args)).toContain(
          `${name}: the import is being cancelled.`,
        );
        const { notices: __, ...after } = await progressOf(handle);
        expect(after).toEqual(before);
      }
    });
    expect(await wasCancelled(handle)).toBe(true);
    const { runId } = await handle.describe();
    const results = await table(path.join(world.runs, id, runId), 'results.csv');
    const [created, unprocessed] = ['created', 'unprocessed'].map(
      (it) => results.filter(({ outcome }) => outcome === it).length,
    );
    // The chunks that were in flight, and the one that begins before its worker has heard of it.
    expect([0, 50, 100, 150]).toContain(created);
    expect(unprocessed).toBe(200 - created!);
    expect(await createdOf(id)).toHaveLength(created!);
    expect(await progressOf(handle)).toMatchObject({ phase: 'done', rows: { created } });
    expect((await metadataOf(handle)).currentDetails).not.toContain('PAUSED');
  },
);

test('the Temporal UI is offered the commands of the contract, each with its description, and nothing else', async () => {
  await all.write('offered.csv', csv('offered', 1, 'New'));
  const handle = await startPaused('offered', { file: 'offered.csv' });
  const { definition } = await metadataOf(handle);
  const names = [
    'approve',
    'pause',
    'releaseInvitations',
    'resume',
    'setConcurrency',
    'setEmailRate',
    'setMode',
  ];
  for (const offered of [definition.signalDefinitions, definition.updateDefinitions]) {
    expect(offered.map(({ name }) => name).sort()).toEqual(names);
    for (const { name, description } of offered) {
      expect(description, name).toBe(COMMANDS[name as keyof typeof COMMANDS]);
      expect(description!.length).toBeGreaterThan(20);
    }
  }
  const own = definition.queryDefinitions.filter(({ name }) => !name.startsWith('__'));
  expect(own.map(({ name }) => name)).toEqual(['progress']);
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
});
