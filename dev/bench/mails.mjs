// Invitations beside a bare loop, in turns against the same Kratos on Postgres and a mail server that only accepts; and
// both against a stub of Kratos, which leaves what they themselves cost.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importUsers } from './contenders/own.mjs';
import { cpuSecondsOf, sharesSince } from './cpu.mjs';
import { writeCsv } from './files.mjs';
import { LOOP, OWN } from './labels.mjs';
import { kratosOnPostgres, startWorker, temporalServer, withBench } from './servers.mjs';

const run = promisify(execFile);
const BCRYPT_COST = 8;
/** The mails at once of the bare loop that are tried. */
const AT_ONCE = [2, 4, 8, 16, 32];
const SWEEP_MAILS = 600;
/** More than any server takes. */
const PER_MINUTE = 60_000;

/**
 * @typedef {object} Sample
 * @property {string} against
 * @property {string} who
 * @property {number} round
 * @property {number} mails
 * @property {number} mailsPerSecond from the release, or the first request, to the last mail
 * @property {number} idle share of the processor's time that no process used
 * @property {Record<string, number>} cpu milliseconds of processor time a mail, by process
 * @property {number} [eventsAMail] of the workflow that sends them
 * @typedef {{atOnce: number, mailsPerSecond: number}[]} Sweep
 */

/**
 * @param {{mails: number, stubMails: number, rounds: number}} options
 * @param {(text: string) => void} say
 */
export async function measureMails({ mails, stubMails, rounds }, say) {
  return withBench(async (bench) => {
    const sink = await smtpSink(bench);
    const temporal = await temporalServer(bench);
    const kratos = await kratosOnPostgres(bench, BCRYPT_COST);
    const stub = await startProgram(bench, 'stub-kratos.mjs');
    /** @type {Sample[]} */
    const samples = [];
    /** @type {Sweep} */
    const sweep = [];

    const loop = async (
      /** @type {string} */ url,
      /** @type {number} */ atOnce,
      /** @type {number} */ many,
    ) => {
      const program = fileURLToPath(new URL('contenders/mail-loop.mjs', import.meta.url));
      const args = [program, url, sink.url, String(atOnce), String(many)];
      const { stdout } = await run(process.execPath, args);
      const { seconds } = JSON.parse(stdout);
      const taken = await sink.taken();
      if (taken.mails !== many) throw new Error(`the loop has sent ${taken.mails} of ${many}`);
      return { seconds };
    };

    /** Imports users, and holds their invitations; those of the loop are released by nobody. */
    const held = async (/** @type {number} */ many, /** @type {boolean} */ isOwn) => {
      const file = `users-${many}.csv`;
      await writeCsv(path.join(bench.importRoot, file), { rows: many });
      if (!isOwn) {
        await importUsers(temporal.client, { file });
        return undefined;
      }
      const handle = await temporal.client.workflow.start('importUsers', {
        ...{ workflowId: `bench-mails-${Date.now()}`, taskQueue: 'user-import' },
        args: [{ actor: 'bench', file, invitations: { send: 'hold', perMinute: PER_MINUTE } }],
      });
      for (;;) {
        const progress = /** @type {any} */ (await handle.query('progress'));
        if (progress.rows.done === many && progress.invitations.due === many) break;
        await sleep(100);
      }
      await sleep(500);
      return handle;
    };

    const own = async (
      /** @type {import('@temporalio/client').WorkflowHandle} */ handle,
      /** @type {number} */ many,
    ) => {
      const released = Date.now();
      await handle.signal('releaseInvitations');
      await handle.result();
      const taken = await sink.taken();
      if (taken.mails !== many) throw new Error(`${taken.mails} mails instead of ${many}`);
      const events = await eventsOf(temporal.client, handle.workflowId);
      return { seconds: (taken.last - released) / 1000, eventsAMail: events / many };
    };

    /**
     * @param {Pick<Sample, 'against' | 'who' | 'round' | 'mails'>} what
     * @param {Record<string, number>} pids
     * @param {() => Promise<{seconds: number, eventsAMail?: number}>} work
     */
    const measure = async (what, pids, work) => {
      const before = await cpuSecondsOf(pids);
      const shares = await sharesSince();
      const { seconds, ...more } = await work();
      const { idle } = await shares();
      const after = await cpuSecondsOf(pids);
      const { own: all = 0, ...cpu } = Object.fromEntries(
        Object.entries(after).map(([name, used]) => [
          name,
          ((used - (before[name] ?? 0)) * 1000) / what.mails,
        ]),
      );
      cpu['the loop itself'] = Math.max(0, all - Object.values(cpu).reduce((a, b) => a + b, 0));
      const sample = { ...what, mailsPerSecond: what.mails / seconds, idle, cpu, ...more };
      samples.push(sample);
      const each = Object.entries(cpu).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
      say(
        `${what.against}, ${what.who}: ${sample.mailsPerSecond.toFixed(0)} mails/s, ${(idle * 100).toFixed(0)} % idle; ms a mail: ${each.join(', ')}` +
          (more.eventsAMail === undefined ? '' : `; ${more.eventsAMail.toFixed(3)} events a mail`),
      );
    };

    const settings = { SMTP_URL: sink.url };
    // This process is the parent of all others: what is left of its sum is the loop's.
    const both = { sink: sink.pid, temporal: temporal.pid, own: process.pid };

    const real = await startWorker(bench, temporal, kratos.adminUrl, BCRYPT_COST, settings);
    const servers = { ...both, ...kratos.pids, worker: real.pid };
    await kratos.empty();
    await held(SWEEP_MAILS, false);
    // The first mails are slower, whoever sends them.
    await loop(kratos.adminUrl, 4, SWEEP_MAILS);
    for (const atOnce of AT_ONCE) {
      const { seconds } = await loop(kratos.adminUrl, atOnce, SWEEP_MAILS);
      sweep.push({ atOnce, mailsPerSecond: SWEEP_MAILS / seconds });
    }
    const best = sweep.reduce((a, b) => (b.mailsPerSecond > a.mailsPerSecond ? b : a));
    say(`the bare loop is fastest with ${best.atOnce} at once: ${JSON.stringify(sweep)}`);

    const against = 'Kratos on Postgres';
    for (let round = 1; round <= rounds; round++) {
      const turns = [
        async () => {
          await kratos.empty();
          const handle = await held(mails, true);
          await kratos.vacuum();
          const what = { against, who: OWN, round, mails };
          if (handle) await measure(what, servers, () => own(handle, mails));
        },
        async () => {
          await kratos.empty();
          await held(mails, false);
          await kratos.vacuum();
          const what = { against, who: LOOP, round, mails };
          await measure(what, servers, () => loop(kratos.adminUrl, best.atOnce, mails));
        },
      ];
      for (const turn of round % 2 ? turns : turns.reverse()) await turn();
    }
    await real.stop();

    const worker = await startWorker(bench, temporal, stub.url, BCRYPT_COST, settings);
    const pids = { ...both, stub: stub.pid, worker: worker.pid };
    for (let round = 1; round <= rounds; round++) {
      const what = { against: 'a stub of Kratos', round, mails: stubMails };
      const handle = await held(stubMails, true);
      if (handle) await measure({ ...what, who: OWN }, pids, () => own(handle, stubMails));
      await measure({ ...what, who: LOOP }, pids, () => loop(stub.url, best.atOnce, stubMails));
    }
    return { mails, stubMails, rounds, sweep, best, samples };
  });
}

/** @param {import('./servers.mjs').Bench} bench */
async function smtpSink(bench) {
  const { url, pid, ask } = await startProgram(bench, 'smtp-sink.mjs');
  return {
    ...{ url, pid },
    /** @returns {Promise<{mails: number, first: number, last: number, most: number}>} since it was asked last */
    taken: async () => JSON.parse(await ask()),
  };
}

/**
 * A program beside this one, which says first where it listens.
 * @param {import('./servers.mjs').Bench} bench
 * @param {string} name
 */
async function startProgram(bench, name) {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  bench.onEnd(async () => void child.kill());
  const lines = createInterface({ input: child.stdout });
  const nextLine = async () => String((await once(lines, 'line'))[0]);
  return {
    ...{ url: await nextLine(), pid: child.pid ?? 0 },
    /** The answer to a line. */
    ask: () => {
      child.stdin.write('\n');
      return nextLine();
    },
  };
}

/**
 * All events of the workflows that send the invitations of an import.
 * @param {import('@temporalio/client').Client} client
 * @param {string} workflowId that of the import
 */
async function eventsOf({ workflow }, workflowId) {
  let events = 0;
  for await (const { runId, workflowId: id } of workflow.list()) {
    if (!id.startsWith(workflowId) || !id.endsWith('/invitations')) continue;
    const history = await workflow.getHandle(id, runId).fetchHistory();
    events += history.events?.length ?? 0;
  }
  return events;
}
