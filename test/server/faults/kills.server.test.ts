import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Change, RowOutcome } from '../../../src/contract/import/outcomes.js';
import { DEMO_SCHEMA_ID } from '../../../dev/servers/demo-schema.js';
import { Chance } from '../../support/chance.js';
import { attemptsOfChunks, Crew, finishedChunks, seedOfRun } from '../../support/chaos.js';
import { createUsers, type ExistingUser } from '../../support/existing-users.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { canLogIn } from '../../support/identities.js';
import { endOf, imports, progressOf, table, type Imports } from '../../support/imports.js';
import { liesOf, outcomesOfRun, Stored } from '../../support/truth.js';
import { until } from '../../support/until.js';
import { createWorld, type World } from '../../support/world.js';

const SEED = seedOfRun();
const ROWS = 5000;
const CHUNK_SIZE = 100;
const CHUNKS = ROWS / CHUNK_SIZE;
const INPUT = { chunkSize: CHUNK_SIZE, concurrency: 12 };
const KILLS = 10;
const LIMIT_MS = 420_000;

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld({ ownTemporal: true });
  all = await imports(world);
  proxy = await startFaultProxy(world);
});

beforeEach(() => {
  proxy.writes.length = 0;
});

afterAll(() => world.close());

type Blow = 'worker' | 'kratos' | 'temporal';

/**
 * Deals the blows in random order while an import is at work, each once a random number of its chunks is done: so all of
 * them fall before its end however fast the machine is.
 */
async function disturb(
  workflowId: string,
  input: Record<string, unknown>,
  blows: Blow[],
): Promise<{ folder: string; runId: string }> {
  const chance = new Chance(SEED);
  const crew = new Crew(world, chance, { KRATOS_ADMIN_URL: proxy.url });
  await crew.hire(3);
  const handle = await all.start(workflowId, input);
  const { runId } = await handle.describe();
  const folder = path.join(world.runs, workflowId, runId);
  const moments = blows.map(() => chance.below(CHUNKS * 0.8)).sort((a, b) => a - b);
  let ended = false;
  const end = endOf(handle).finally(() => (ended = true));
  for (const [i, blow] of chance.shuffled(blows).entries()) {
    await until(async () => {
      await crew.muster();
      return ended || finishedChunks(folder) >= moments[i]!;
    });
    await sleep(chance.below(1000));
    await deal(blow, crew, chance, workflowId);
  }
  expect(ended).toBe(false);
  await until(async () => {
    await crew.muster();
    return ended;
  });
  expect(await end).toBe('COMPLETED');
  expect(crew.killed).toBe(KILLS);
  expect((await progressOf(handle)).rows).toMatchObject({ total: ROWS, done: ROWS, failed: 0 });
  await crew.dismiss();

  // Else the kills have hit nothing, and prove nothing: they must have cut off chunks, and some of these between what
  // Kratos had stored and its answer.
  const attempts = await attemptsOfChunks(all.client, workflowId);
  const again = attempts.reduce((sum, count) => sum + count - 1, 0);
  const unheard = proxy.count('unheard');
  console.log(`${workflowId}: ${again} further attempts, ${unheard} answers that nobody heard`);
  expect(attempts).toHaveLength(CHUNKS);
  expect(again).toBeGreaterThanOrEqual(KILLS / 2);
  expect(unheard).toBeGreaterThanOrEqual(3);
  return { folder, runId };
}

async function deal(blow: Blow, crew: Crew, chance: Chance, workflowId: string): Promise<void> {
  const quiet = 500 + chance.below(2000);
  if (blow === 'worker') {
    await crew.killOneAtWork(all.client, workflowId);
    await crew.hire(1);
  } else if (blow === 'kratos') {
    await world.kratos.kill();
    await sleep(quiet);
    await world.restartKratos();
  } else {
    await world.temporal!.kill();
    await sleep(quiet);
    await world.restartTemporal();
  }
}

const KILLED = Array<Blow>(KILLS).fill('worker');

test(
  `nobody is missing and nobody is there twice after ${KILLS} kills of workers, one of Kratos and one of Temporal (SEED=${SEED})`,
  async () => {
    const people = Array.from({ length: ROWS }, (_, i) => ({
      email: `new${i}@example.com`,
      password: i % 3 === 0 ? `first-password-${i}` : '',
    }));
    const lines = people.map(({ email, password }, i) => `${email},Name ${i},user,${password}`);
    await all.write('new.csv', ['email,first_name,role,initial_password', ...lines, ''].join('\n'));
    proxy.faults = { answerAfterMs: 1000 };
    const run = await disturb('new', { file: 'new.csv', ...INPUT }, [
      ...KILLED,
      'kratos',
      'temporal',
    ]);

    const results = await table(run.folder, 'results.csv');
    expect(results.map(({ line, email, outcome }) => [line, email, outcome])).toEqual(
      people.map(({ email }, i) => [String(i + 2), email, 'created']),
    );
    const stored = await Stored.in(world.kratos.adminUrl);
    expect(stored.size).toBe(ROWS);
    expect(stored.twice).toEqual([]);
    expect(liesOf(results, { workflowId: 'new', runId: run.runId }, stored)).toEqual([]);
    expect(results.filter(({ identity_id }) => identity_id === '')).toEqual([]);
    for (let i = 0; i < ROWS; i += 255) {
      const { email, password } = people[i]!;
      expect(await canLogIn(world.kratos.publicUrl, email, password), email).toBe(true);
    }
  },
  LIMIT_MS,
);

/** A user as the file has them, as Kratos had them before, and what is to be changed. */
interface Known {
  cells: Record<(typeof COLUMNS)[number], string>;
  before: ExistingUser;
  changes: Change[];
}

const COLUMNS = [
  ...(['email', 'first_name', 'last_name', 'role', 'department', 'badge', 'state'] as const),
  'initial_password' as const,
];
/** Where each column that an update may change goes. */
const PLACES = {
  first_name: ['traits', 'first_name'],
  last_name: ['traits', 'last_name'],
  role: ['traits', 'role'],
  department: ['metadata_public', 'department'],
  badge: ['metadata_admin', 'badge'],
  state: ['state'],
} as const;
type Changeable = keyof typeof PLACES;
const OLD_PASSWORD = 'the password of before';

function known(i: number, chance: Chance): Known {
  const cells: Known['cells'] = {
    email: `old${i}@example.com`,
    first_name: chance.onceIn(10) ? '' : `First ${i}`,
    last_name: chance.onceIn(10) ? '' : `Last ${i}`,
    role: chance.pick(['admin', 'user', 'support', '']),
    department: chance.onceIn(10) ? '' : `Department ${i % 7}`,
    badge: chance.onceIn(10) ? '' : `${i}`,
    state: chance.pick(['active', 'active', 'inactive', '']),
    initial_password: chance.onceIn(3) ? `the password of the file ${i}` : '',
  };
  const given = (Object.keys(PLACES) as Changeable[]).filter((name) => cells[name] !== '');
  const differing = chance.onceIn(10) ? chance.shuffled(given).slice(0, 1 + chance.below(3)) : [];
  // What no column is about stays; without it, there is nothing below which the file's value could go.
  const before: Record<string, unknown> = { traits: { email: cells.email } };
  if (chance.onceIn(2)) before['metadata_public'] = { theme: 'dark' };
  if (chance.onceIn(2)) before['metadata_admin'] = { note: 'met in person' };
  const changes = given.flatMap((name): Change[] => {
    const value = differing.includes(name) ? otherThan(cells[name], name, chance) : cells[name];
    const [first, second] = PLACES[name];
    if (second === undefined) before[first] = value;
    else if (value !== undefined) {
      before[first] = { ...(before[first] as object | undefined), [second]: value };
    }
    if (value === cells[name]) return [];
    const path = `/${PLACES[name].join('/')}`;
    return [{ path, ...(value !== undefined && { before: value }), after: cells[name] }];
  });
  return { cells, before: before as unknown as ExistingUser, changes };
}

function otherThan(value: string, name: Changeable, chance: Chance): string | undefined {
  if (name === 'state') return value === 'active' ? 'inactive' : 'active';
  return chance.onceIn(3) ? undefined : `${value} of before`;
}

test(
  `exactly what differs is updated, with what was there before it, in spite of ${KILLS} kills (SEED=${SEED})`,
  async () => {
    const chance = new Chance(SEED + 1);
    const people = Array.from({ length: ROWS }, (_, i) => known(i, chance));
    const differing = people.filter(({ changes }) => changes.length > 0);
    expect(differing.length).toBeGreaterThan(ROWS / 20);
    const { adminUrl, publicUrl } = world.kratos;
    await createUsers(
      adminUrl,
      DEMO_SCHEMA_ID,
      people.map(({ before }) => before),
      OLD_PASSWORD,
    );
    const before = await Stored.in(adminUrl);
    const lines = people.map(({ cells }) => COLUMNS.map((name) => cells[name]).join(','));
    await all.write('old.csv', [COLUMNS.join(','), ...lines, ''].join('\n'));
    const columns = { department: 'metadata_public.department', badge: 'metadata_admin.badge' };
    const run = await disturb(
      'old',
      { file: 'old.csv', mode: 'update', columns, ...INPUT },
      KILLED,
    );

    const outcomes = await outcomesOfRun(run.folder);
    expect(outcomes.size).toBe(ROWS);
    expect(people.flatMap((person, i) => wrongOutcome(person, outcomes.get(i + 2)))).toEqual([]);

    const stored = await Stored.in(adminUrl);
    expect(stored.size).toBe(before.size);
    const results = await table(run.folder, 'results.csv');
    expect(liesOf(results, { workflowId: 'old', runId: run.runId }, stored, before)).toEqual([]);
    expect(results.map(({ outcome }) => outcome)).toEqual(
      people.map(({ changes }) => (changes.length > 0 ? 'updated' : 'unchanged')),
    );
    for (const { cells, before: user, changes } of people) {
      const { state = 'active', metadata_public, metadata_admin, traits } = user;
      const wanted = { traits: { ...traits }, metadata_public, metadata_admin, state };
      for (const { path: place, after } of changes) put(wanted, place, after);
      expect(stored.of(cells.email), cells.email).toMatchObject(
        JSON.parse(JSON.stringify(wanted)) as object,
      );
    }

    const canEnter = people.filter(({ cells }) => stored.of(cells.email)?.state === 'active');
    const sample = chance.shuffled(canEnter).slice(0, 20);
    const updated = chance.shuffled(canEnter.filter(({ changes }) => changes.length > 0));
    for (const { cells } of [...sample, ...updated.slice(0, 20)]) {
      const { email, initial_password: fresh } = cells;
      expect(await canLogIn(publicUrl, email, OLD_PASSWORD), email).toBe(true);
      if (fresh !== '') expect(await canLogIn(publicUrl, email, fresh), email).toBe(false);
    }
  },
  LIMIT_MS,
);

function wrongOutcome({ cells, changes }: Known, outcome: RowOutcome | undefined): unknown[] {
  const wanted = changes.length > 0 ? 'updated' : 'unchanged';
  const byPath = (list: Change[]): string =>
    JSON.stringify(
      list
        .map(({ path: place, before, after }) => ({ place, before, after }))
        .sort((a, b) => a.place.localeCompare(b.place)),
    );
  const isRight =
    outcome?.outcome === wanted &&
    outcome.email === cells.email &&
    byPath(outcome.changes ?? []) === byPath(changes);
  return isRight ? [] : [{ wanted, changes, outcome }];
}

/** @param place a JSON pointer of one or two steps */
function put(identity: Record<string, unknown>, place: string, value: unknown): void {
  const [first, second] = place.split('/').slice(1);
  if (second === undefined) identity[first!] = value;
  else identity[first!] = { ...(identity[first!] as object | undefined), [second]: value };
}
