import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { invitationsWorkflowId } from '../../src/contract/ids.js';
import { CATCH_UP_MS, intervalMs } from '../../src/invitations/pace.js';
import { Chance } from '../support/chance.js';
import { WorkerPool } from '../support/chaos.js';
import { imports, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { SEED } from '../support/seed.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

/** pace.server.test.ts measures the mails of 300 people at the mail server, with five kills. */
const MAILS = 40;
const PER_MINUTE = 240;
const KILLS = 1;

let world: World;
let all: Imports;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
});
afterAll(() => world.close());

interface Slot {
  line: number;
  /** When the mail may go out at the earliest, by the workflow's own clock (milliseconds). */
  at: number;
}

/** The slots that the workflow of an import's mails gave to its attempts, in their order. */
async function slotsOf(handle: WorkflowHandle): Promise<Slot[]> {
  const { runId } = await handle.describe();
  const id = invitationsWorkflowId({ workflowId: handle.workflowId, runId });
  const { events } = await all.client.workflow.getHandle(id).fetchHistory();
  let now = 0;
  return (events ?? []).flatMap((event): Slot[] => {
    const time = event.eventTime;
    // The time that a workflow sees while it runs, which is whole milliseconds.
    if (event.workflowTaskStartedEventAttributes) {
      now = Number(time?.seconds) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
    }
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== 'sendInvitation') return [];
    const input = defaultPayloadConverter.fromPayload<{ line: number; waitMs: number }>(
      scheduled.input!.payloads![0]!,
    );
    return [{ line: input.line, at: now + input.waitMs }];
  });
}

test(`every user is invited in the file's order, in slots no closer than asked, in spite of ${KILLS} kill (SEED=${SEED})`, async () => {
  const workers = new WorkerPool(world, new Chance(SEED), { SMTP_URL: mailServer.url });
  const addresses = Array.from({ length: MAILS }, (_, i) => `person-${i}@example.com`);
  await all.write('people.csv', `email\n${addresses.join('\n')}\n`);
  await workers.start(1);
  const handle = await all.start('paced', {
    file: 'people.csv',
    invitations: { perMinute: PER_MINUTE },
  });
  await until(() => mailServer.mails.length >= MAILS / 2);
  await workers.killOne();
  await workers.start(1);

  const { invitations } = (await handle.result()) as ReportSummary;
  expect(invitations).toEqual({ due: 0, sent: MAILS, failed: 0, failures: {} });
  const mailed = mailServer.mails.map(({ to }) => to);
  expect(new Set(mailed)).toEqual(new Set(addresses));
  expect(mailed.length - MAILS).toBeLessThanOrEqual(KILLS);

  const slots = await slotsOf(handle);
  const lines = new Set(slots.map(({ line }) => line));
  expect([...lines]).toEqual(addresses.map((_, i) => i + 2));
  const interval = intervalMs(PER_MINUTE);
  for (const [i, { at }] of slots.entries()) {
    // After a late mail the next ones follow at half the interval, and no closer.
    if (i > 0) expect(at - slots[i - 1]!.at).toBeGreaterThanOrEqual(Math.floor(interval / 2));
    const earliest = slots[0]!.at + i * interval - CATCH_UP_MS;
    expect(at).toBeGreaterThanOrEqual(Math.floor(earliest));
  }
  await workers.stop();
});
