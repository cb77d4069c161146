import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Change } from '../../src/contract/import/outcomes.js';
import type { Progress } from '../../src/contract/import/progress.js';
import type { CommandName } from '../../src/contract/import/commands.js';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import { Chance } from '../support/chance.js';
import { WorkerPool } from '../support/chaos.js';
import { createUsers } from '../support/existing-users.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { endOf, imports, progressOf, table, type Imports } from '../support/imports.js';
import { SEED } from '../support/seed.js';
import { untrueLines, originOf, outcomesOfRun, Stored, type Result } from '../support/truth.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

/** The number of orders of events to try; the first follows from SEED. */
const ORDERS = Number(process.env['ORDERS'] ?? 2);
const EVENTS = 25;

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
});

afterAll(() => world.close());

test.each(Array.from({ length: ORDERS }, (_, i) => SEED + i))(
  'in whatever order commands, kills and cancellations come, every user is there once and every outcome is true (SEED=%i)',
  async (seed) => {
    const chance = new Chance(seed);
    const faults = { loseOneIn: 5 + chance.below(10), breakOneIn: 7 + chance.below(10) };
    proxy.faults = chance.onceIn(2) ? faults : {};
    const workers = new WorkerPool(world, chance, { KRATOS_ADMIN_URL: proxy.url });
    try {
      await disturb(new Disturbance(`disturbed-${seed}`, chance, workers));
    } finally {
      await workers.stop();
    }
  },
  400_000,
);

async function disturb(disturbance: Disturbance): Promise<void> {
  await disturbance.begin();
  for (let i = 0; i < EVENTS; i++) {
    await sleep(disturbance.chance.below(1500));
    await disturbance.workers.restartEnded();
    await disturbance.event();
  }
  await disturbance.finish();
}

interface Row {
  line: number;
  email: string;
  first_name: string;
  role: string;
  password: string;
  kind: 'new' | 'existing' | 'invalid';
  /** The changes that an update would make, and has made when `isUpdated`. */
  changes: Change[];
  isUpdated: boolean;
  /** The run that created it. */
  createdBy?: string;
}

/** One file, its existing users, and all events of its imports. */
class Disturbance {
  private readonly rows: Row[];
  private readonly input: Record<string, unknown>;
  private handle!: WorkflowHandle;
  private runId = '';
  private before!: Stored;

  constructor(
    private readonly id: string,
    readonly chance: Chance,
    readonly workers: WorkerPool,
  ) {
    const rows = 600 + chance.below(400);
    this.rows = Array.from({ length: rows }, (_, i) => this.row(i));
    this.input = {
      file: `${id}.csv`,
      onInvalid: 'import-valid',
      mode: chance.pick(['skip', 'skip', 'update']),
      // Very small chunks make the import continue as new.
      chunkSize: chance.onceIn(3) ? 2 + chance.below(3) : 10 + chance.below(30),
      concurrency: 1 + chance.below(6),
    };
  }

  private row(i: number): Row {
    const { chance } = this;
    const kind = chance.onceIn(30) ? 'invalid' : chance.onceIn(3) ? 'existing' : 'new';
    const row: Row = {
      line: i + 2,
      email: kind === 'invalid' ? chance.pick(['', 'no address']) : `${this.id}-${i}@example.com`,
      first_name: `Name ${i}`,
      role: chance.pick(['user', 'admin', '']),
      password: chance.onceIn(4) ? `a password ${i}` : '',
      kind,
      changes: [],
      isUpdated: false,
    };
    if (kind === 'existing' && chance.onceIn(2)) {
      const [at, after] = ['/traits/first_name', row.first_name];
      row.changes = [chance.onceIn(4) ? { path: at, after } : { path: at, before: 'Old', after }];
    }
    return row;
  }

  async begin(): Promise<void> {
    const existing = this.rows.filter(({ kind }) => kind === 'existing');
    const traits = existing.map(({ email, first_name, role, changes: [change] }) => {
      const name = change ? (change.before as string | undefined) : first_name;
      return { email, ...(name && { first_name: name }), ...(role && { role }) };
    });
    const { adminUrl } = world.kratos;
    const users = traits.map((each) => ({ traits: each }));
    await createUsers(adminUrl, DEMO_SCHEMA_ID, users, 'the password of before');
    this.before = await Stored.in(adminUrl);
    const lines = this.rows.map(({ email, first_name, role, password }) =>
      [email, first_name, role, password].join(','),
    );
    await all.write(
      `${this.id}.csv`,
      ['email,first_name,role,initial_password', ...lines, ''].join('\n'),
    );
    await this.workers.start(2);
    await this.start();
  }

  private async start(): Promise<void> {
    this.handle = await all.start(this.id, this.input);
    this.runId = (await this.handle.describe()).runId;
  }

  async event(): Promise<void> {
    const { chance, workers } = this;
    const event = chance.below(100);
    if (event < 6) {
      await workers.killOne();
      if (workers.size === 0 || chance.onceIn(2)) await workers.start(1);
    } else if (event < 10) {
      if (workers.size > 1) workers.freezeOne();
    } else if (event < 14) await workers.start(workers.size < 3 ? 1 : 0);
    else if (event < 20) await this.cancelAndStartAgain();
    else if (event < 28) await this.pauseAndCheck();
    else if (event < 36) await Promise.all([0, 1, 2, 3].map(() => this.command()));
    else await this.command();
  }

  /** A command, good or bad, by signal or by update. */
  private async command(): Promise<void> {
    const { chance, handle } = this;
    const [isGood, name, ...args] = chance.pick<[boolean, CommandName, unknown?]>([
      [true, 'pause'],
      [true, 'resume'],
      [true, 'resume'],
      [true, 'setMode', 'skip'],
      [true, 'setMode', 'update'],
      [true, 'setConcurrency', 1 + chance.below(8)],
      [true, 'setEmailRate', 1 + chance.below(100)],
      [false, 'setMode', 'replace'],
      [false, 'setConcurrency', chance.pick([0, 51, 2.5, '3', null])],
      [false, 'approve'],
      [false, 'releaseInvitations'],
    ]);
    if (chance.onceIn(2)) await this.unlessOver(handle.signal(name, ...args));
    else if (isGood) {
      const state = await this.unlessOver(this.update(name, args));
      if (!state) return;
      if (name === 'setMode') expect(state.mode).toBe(args[0]);
      if (name === 'setConcurrency') expect(state.concurrency).toBe(args[0]);
      if (name === 'pause' || name === 'resume') expect(state.paused).toBe(name === 'pause');
    } else {
      const taken = this.update(name, args);
      await this.unlessOver(expect(taken).rejects.toBeInstanceOf(WorkflowUpdateFailedError));
    }
  }

  private update(name: CommandName, args: [unknown?] = []): Promise<Progress> {
    return this.handle.executeUpdate<Progress, [unknown]>(name, { args: args as [unknown] });
  }

  /** The query is repeated while the worker that gets it is dead or frozen. */
  private async progress(): Promise<Progress> {
    let progress: Progress | undefined;
    await until(async () => {
      progress = await progressOf(this.handle).catch(() => undefined);
      return progress !== undefined;
    });
    return progress!;
  }

  private async isOver(): Promise<boolean> {
    return (await this.handle.describe()).status.name !== 'RUNNING';
  }

  /**
   * The answer of an import that has ended proves nothing; an import that only has its report to write refuses every
   * command.
   */
  private async unlessOver<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      const isTooLate =
        error instanceof WorkflowUpdateFailedError &&
        error.cause?.message.endsWith('the import is writing its report.');
      if (isTooLate || (await this.isOver())) return undefined;
      throw error;
    }
  }

  /** While the import is paused no chunk starts, whichever worker is killed meanwhile. */
  private async pauseAndCheck(): Promise<void> {
    const { chance, workers } = this;
    const state = await this.unlessOver(this.update('pause'));
    if (!state) return;
    if (chance.onceIn(4)) {
      await workers.killOne();
      await workers.start(1);
    }
    // A child in flight reports all the chunks that it has done once the last of them is.
    let rest: Progress | undefined;
    await until(async () => {
      rest = await this.unlessOver(this.progress());
      return !rest || rest.chunks.inFlight === 0;
    });
    await sleep(chance.below(3000));
    const later = await this.unlessOver(this.progress());
    const { done, inFlight } = rest?.chunks ?? {};
    if (later && rest) expect(later.chunks).toMatchObject({ done, inFlight });
    if (chance.onceIn(2)) await this.unlessOver(this.update('resume'));
  }

  private async cancelAndStartAgain(): Promise<void> {
    await this.unlessOver(this.handle.cancel());
    await endOf(this.handle);
    await this.check();
    await this.start();
  }

  async finish(): Promise<void> {
    await this.unlessOver(this.update('resume'));
    expect(await endOf(this.handle)).toBe('COMPLETED');
    const results = await this.check();
    expect(results).toHaveLength(this.rows.length);
    expect(results.filter(isOpen)).toEqual([]);
    const missing = this.rows.filter(({ kind, createdBy }) => kind === 'new' && !createdBy);
    expect(missing).toEqual([]);
  }

  /**
   * Checks that the outcomes and counts of the run that has just ended are true, and that nothing else has happened.
   */
  private async check(): Promise<Result[]> {
    const { runId } = this;
    const folder = path.join(world.runs, this.id, runId);
    // A run that was cancelled before its first chunk has no results.
    const hasResults = await exists(path.join(folder, 'results.csv'));
    const results = hasResults ? await table(folder, 'results.csv') : [];
    const stored = await Stored.in(world.kratos.adminUrl);
    expect(stored.twice).toEqual([]);
    const decided = results.filter(({ outcome }) => outcome !== 'undecided');
    expect(untrueLines(decided, { workflowId: this.id, runId }, stored, this.before)).toEqual([]);

    const outcomes = hasResults ? await outcomesOfRun(folder) : new Map<number, never>();
    for (const { line, outcome } of results) {
      const row = this.rows[Number(line) - 2]!;
      expect(outcome === 'invalid', `line ${line}: ${outcome}`).toBe(row.kind === 'invalid');
      if (outcome === 'created') {
        expect(row.createdBy, `line ${line} is created again`).toBeUndefined();
        row.createdBy = runId;
      } else if (outcome === 'updated') {
        expect(row.isUpdated, `line ${line} is updated again`).toBe(false);
        // A chunk that was handed back has its decisions in its journal alone.
        const { changes } = outcomes.get(row.line) ?? row;
        expect(changes).toEqual(row.changes);
        row.isUpdated = true;
      } else if (outcome === 'unchanged') {
        const differs = row.changes.length > 0 && !row.isUpdated;
        expect(differs, `line ${line} differs, but is unchanged`).toBe(false);
      } else if (outcome === 'undecided') this.settle(row, stored);
    }
    for (const row of this.rows) this.checkUser(row, stored);

    const { rows } = await this.progress();
    const counted = Object.fromEntries(
      (['created', 'updated', 'unchanged', 'skipped', 'failed'] as const).map((outcome) => [
        outcome,
        results.filter((result) => result['outcome'] === outcome).length,
      ]),
    );
    // Of a chunk that was handed back before its end, the report knows what its journal says; the progress does not.
    const ofProgress = Object.fromEntries(
      Object.keys(counted).map((outcome) => [outcome, rows[outcome as keyof typeof rows]]),
    );
    if (!results.some(isOpen)) expect(ofProgress).toEqual(counted);
    else
      for (const [outcome, count] of Object.entries(counted))
        expect(ofProgress[outcome]).toBeLessThanOrEqual(count);
    return results;
  }

  /** What became of a row that a cancelled run does not know: its worker was killed or frozen, or an answer was lost. */
  private settle(row: Row, stored: Stored): void {
    const user = stored.of(row.email);
    if (originOf(user)['runId'] === this.runId) row.createdBy ??= this.runId;
    if (row.changes.length > 0) row.isUpdated ||= user?.traits['first_name'] === row.first_name;
  }

  /** Checks that the user of a row in Kratos is as the runs up to now report. */
  private checkUser(row: Row, stored: Stored): void {
    if (row.kind === 'invalid') return;
    const user = stored.of(row.email);
    if (row.kind === 'existing') {
      const [change] = row.changes;
      const name = change && !row.isUpdated ? change.before : row.first_name;
      expect(user?.traits['first_name'], `line ${row.line}`).toBe(name);
    } else expect(originOf(user)['runId'], `line ${row.line}`).toBe(row.createdBy);
  }
}

function isOpen({ outcome }: Result): boolean {
  return outcome === 'unprocessed' || outcome === 'undecided';
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
