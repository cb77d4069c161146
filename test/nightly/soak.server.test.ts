/** Rounds of everything at once, as many as there is time for: `npm run soak -- --seed N --minutes M`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuditTable } from '../support/audit-table.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { imports } from '../support/imports.js';
import { startMailServer } from '../support/mail-server.js';
import { SEED } from '../support/seed.js';
import { SoakRound, type SoakStage } from '../support/soak.js';
import { soakPlan } from '../support/soak-plan.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { createWorld } from '../support/world.js';

/** No round begins after so many minutes; the first one always does. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 2);
/** How long a round may take that has begun in time. */
const A_ROUND_MS = 20 * 60_000;
const LOST_COMMIT_ONE_IN = 7;

let stage: SoakStage;

beforeAll(async () => {
  const world = await createWorld({ ownTemporal: true });
  const auditProxy = await startTcpProxy(world.databaseUrl);
  world.onClose(() => auditProxy.close());
  await createAuditTable(world.databaseUrl);
  let commits = 0;
  auditProxy.cutAfter = (sent) => sent.includes('COMMIT\0') && ++commits % LOST_COMMIT_ONE_IN === 0;
  const mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  stage = {
    world,
    auditProxy,
    mailServer,
    all: await imports(world),
    proxy: await startFaultProxy(world),
  };
});

afterAll(() => stage.world.close());

test(
  `whatever fails and whoever steers, all that is reported is true, and nothing else has happened (SEED=${SEED})`,
  async () => {
    const end = Date.now() + MINUTES * 60_000;
    for (let seed = SEED; seed === SEED || Date.now() < end; seed++) {
      const round = new SoakRound(stage, soakPlan(seed));
      await round.play();
      expect(round.wrong, `npm run soak -- --seed ${seed} repeats this round`).toEqual([]);
    }
  },
  MINUTES * 60_000 + A_ROUND_MS,
);
