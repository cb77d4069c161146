/** Two machines that have no folder in common: all that they share is servers, one of which is an S3-compatible store. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '../../activities/index.js';
import type { AuditEvent } from '../../src/audit/events.js';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { Chance } from '../support/chance.js';
import { attemptsOfChunks, WorkerPool } from '../support/chaos.js';
import { runCommand } from '../support/command.js';
import { canLogIn } from '../support/identities.js';
import { endOf, imports, progressOf, table, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';
import { SEED } from '../support/seed.js';
import { Stored, untrueLines } from '../support/truth.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = Number(process.env['ROWS'] ?? 5000);
/** Small, so that a portion of ten outlives few kills only: each doubles the wait for its next attempt. */
const CHUNK = 50;
const CHUNKS = ROWS / CHUNK;
/** Of workers of either machine, in their chunks; one more each in the mails and in the report. */
const KILLS = 10;
/** Every tenth has no password and gets a mail. */
const MAILS = ROWS / 10;
/** So many mails of a step are on their way or wait for their record, as in mail-steps.server.test.ts. */
const IN_FLIGHT = 32 + 16;
const LIMIT_MS = 540_000;

let world: World;
let all: Imports;
let s3: TestS3;
let mailServer: MailServer;
let store: Store;
let home: string;
/** One machine's settings: its own home, its own folder for what is temporary, and no folder of files. */
const machine = async (name: string): Promise<Record<string, string>> => {
  const own = path.join(home, name);
  await mkdir(own);
  return {
    ...{ HOME: own, TMPDIR: own, ...s3.env, SMTP_URL: `${mailServer.url}/?requireTLS=false` },
    IMPORT_ROOT: `s3://${BUCKET}/files`,
    IMPORT_RUNS: `s3://${BUCKET}/runs`,
  };
};

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  s3 = await startTestS3();
  mailServer = await startMailServer();
  home = await mkdtemp(path.join(tmpdir(), 'machines-'));
  world.onClose(() => rm(home, { recursive: true, force: true }));
  world.onClose(() => s3.close());
  world.onClose(() => mailServer.stop());
  Object.assign(process.env, s3.env);
  store = await openStore(`s3://${BUCKET}/runs`, s3.env);
});
afterAll(() => world.close());

const people = Array.from({ length: ROWS }, (_, i) => ({
  email: `person${i}@machines.example.com`,
  password: i % 10 === 0 ? '' : `password-of-${i}`,
}));

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  // The store is started anew once.
  try {
    for await (const { key } of store.list(prefix)) keys.push(key);
  } catch {
    return [];
  }
  return keys;
}

/** The number of attempts that an activity of the import itself needed. */
async function attemptsOf(handle: WorkflowHandle, activity: keyof Activities): Promise<number> {
  const { events } = await handle.fetchHistory();
  const scheduled = events!.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  )!;
  const started = events!.flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
  const of = started.find(
    ({ scheduledEventId }) => String(scheduledEventId) === String(scheduled.eventId),
  );
  return of?.attempt ?? 0;
}

test(
  `${ROWS} users with passwords and mails come in once, with ${KILLS} kills, and Kratos and the store ended once each (SEED=${SEED})`,
  async () => {
    const chance = new Chance(SEED);
    const desk = await machine('desk');
    const left = new WorkerPool(world, chance, await machine('left'));
    const right = new WorkerPool(world, chance, await machine('right'));
    await left.start(1);
    await right.start(1);

    const lines = people.map(({ email, password }, i) => `${email},Name ${i},user,${password}`);
    const file = path.join(home, 'desk', 'people.csv');
    await writeFile(file, ['email,first_name,role,initial_password', ...lines, ''].join('\n'));
    const command = (...args: string[]) => runCommand(world, path.join(home, 'desk'), args, desk);
    const started = await command(
      ...['start', file, '--detach', '--chunk-size', String(CHUNK), '--concurrency', '4'],
      ...['--per-minute', '3000'],
    );
    expect(started.code, started.out).toBe(0);
    const workflowId = /Started the import (\S+?)\.?$/m.exec(started.out)![1]!;
    const handle = all.client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const run = `${workflowId}/${runId}`;
    let ended = false;
    const end = endOf(handle).finally(() => (ended = true));
    const supervise = async (): Promise<void> => {
      await left.restartEnded();
      await right.restartEnded();
    };
    const untilDone = (isDone: () => boolean | Promise<boolean>): Promise<void> =>
      until(async () => {
        await supervise();
        return ended || isDone();
      });
    // Whichever machine is at work. Portions are few: while the worker of one machine starts again, the other machine may
    // take all of them, and a kill of that worker would hit nothing.
    const kill = async (...activities: (keyof Activities)[]): Promise<void> => {
      const machines = chance.shuffled([left, right]);
      await untilDone(async () => {
        for (const workers of machines) {
          if (!(await workers.killIfAtWork(all.client, workflowId, activities))) continue;
          await workers.start(1);
          return true;
        }
        return false;
      });
    };

    for (let i = 0; i < KILLS; i++) {
      const enough = Math.floor((CHUNKS * 0.8 * i) / KILLS);
      await untilDone(async () => {
        const keys = await keysBelow(`${run}/outcomes`);
        return keys.filter((key) => key.endsWith('.jsonl')).length >= enough;
      });
      await sleep(chance.below(500));
      await kill('importRows');
      if (i === 3) await world.restartKratos();
      if (i === 6) await s3.restart();
    }
    expect(ended).toBe(false);
    await untilDone(() => mailServer.mails.length >= MAILS / 10);
    await kill('sendMails', 'sendInvitation');
    await kill('writeReport');
    await until(async () => {
      await supervise();
      return ended;
    });
    expect(await end).toBe('COMPLETED');
    expect((await progressOf(handle)).rows).toMatchObject({ total: ROWS, done: ROWS, failed: 0 });
    expect(left.killed + right.killed).toBe(KILLS + 2);
    const attempts = await attemptsOfChunks(all.client, workflowId);
    const again = attempts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
    const repeats = mailServer.mails.length - MAILS;
    console.log(
      `${again} further attempts at ${attempts.length} portions, ${repeats} mails again; kills: ${left.killed} left, ${right.killed} right`,
    );
    // Without further attempts, the kills hit nothing and prove nothing. An attempt may end just before its worker does.
    expect(again).toBeGreaterThanOrEqual(KILLS / 2);
    expect(await attemptsOf(handle, 'writeReport')).toBeGreaterThan(1);

    const out = path.join(home, 'desk', 'report');
    const report = await command('report', workflowId, '--out', out, '--no-open');
    expect(report.code, report.out).toBe(0);
    const results = await table(out, 'results.csv');
    expect(results.map(({ email, outcome }) => [email, outcome])).toEqual(
      people.map(({ email }) => [email, 'created']),
    );
    const stored = await Stored.in(world.kratos.adminUrl);
    expect(stored.size).toBe(ROWS);
    expect(stored.twice).toEqual([]);
    expect(untrueLines(results, { workflowId, runId }, stored)).toEqual([]);
    for (let i = 1; i < ROWS; i += Math.ceil(ROWS / 20) + 1) {
      const { email, password } = people[i]!;
      if (password)
        expect(await canLogIn(world.kratos.publicUrl, email, password), email).toBe(true);
    }

    const trail = (await store.read(`${run}/audit.jsonl`))!.bytes.toString().trimEnd().split('\n');
    const created = trail
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ event }) => event === 'user_imported');
    expect(created.map(({ metadata }) => (metadata as { line: number }).line)).toEqual(
      people.map((_, i) => i + 2),
    );

    const due = people.filter(({ password }) => password === '').map(({ email }) => email);
    const mailed = mailServer.mails.map(({ to }) => to);
    expect([...new Set(mailed)].toSorted()).toEqual(due.toSorted());
    // A mail may go out again only when its worker died between sending it and keeping that, and one died amid mails.
    expect(repeats).toBeLessThanOrEqual(IN_FLIGHT);
    for (const address of due)
      expect(mailed.filter((to) => to === address).length, address).toBeLessThanOrEqual(2);
    expect(results.filter(({ invitation }) => invitation === 'sent')).toHaveLength(MAILS);

    await left.stop();
    await right.stop();
  },
  LIMIT_MS,
);
