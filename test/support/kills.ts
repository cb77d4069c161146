/** Imports whose workers and servers are killed: `npm test` does so on a small file, test/nightly on a large one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import type { AuditEvent } from '../../src/audit/events.js';
import { executeSql } from '../../dev/servers/postgres.js';
import type { Change, RowOutcome } from '../../src/contract/import/outcomes.js';
import { passwordDigest } from '../../src/identity/after-image.js';
import { Chance } from './chance.js';
import { attemptsOfChunks, finishedChunks, WorkerPool } from './chaos.js';
import { createUsers, type ExistingUser } from './existing-users.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import { allIdentities, canLogIn } from './identities.js';
import { endOf, imports, progressOf, table, type Imports } from './imports.js';
import { untrueLines, outcomesOfRun, Stored } from './truth.js';
import { undoImport } from './undo.js';
import { until } from './until.js';
import { startWorker } from './worker-process.js';
import { createWorld, type World, type WorldOptions } from './world.js';

/** The world of one of these test files. */
export interface Stage {
  world: World;
  all: Imports;
  proxy: FaultProxy;
}

export interface Scale {
  rows: number;
  chunkSize: number;
  /** How many workers are killed. */
  kills: number;
  seed: number;
}

/** With a Temporal of its own, which can be killed. */
export async function createStage(options: WorldOptions = {}): Promise<Stage> {
  const world = await createWorld({ ...options, ownTemporal: true });
  return { world, all: await imports(world), proxy: await startFaultProxy(world) };
}

/** How long the proxy holds the answer to a write back. */
const ANSWER_AFTER_MS = 1000;
/** So many more kills at most, where no kill has come between a write and its answer yet. */
const MORE_KILLS = 4;

type Victim = 'worker' | 'kratos' | 'temporal';

/**
 * Kills in random order while an import is at work, each once a random number of its chunks is done: so there are
 * chunks to hit at every kill, however fast the machine is.
 */
async function disturb(
  { world, all, proxy }: Stage,
  { rows, chunkSize, kills, seed }: Scale,
  workflowId: string,
  input: Record<string, unknown>,
  others: Victim[] = [],
): Promise<{ folder: string; runId: string }> {
  const chance = new Chance(seed);
  const chunks = rows / chunkSize;
  const victims = [...Array<Victim>(kills).fill('worker'), ...others];
  // Some kills then come between a write in Kratos and its answer.
  proxy.faults = { answerAfterMs: ANSWER_AFTER_MS };
  proxy.writes.length = 0;
  const workers = new WorkerPool(world, chance, { KRATOS_ADMIN_URL: proxy.url });
  await workers.start(3);
  const handle = await all.start(workflowId, { chunkSize, concurrency: 12, ...input });
  const { runId } = await handle.describe();
  const folder = path.join(world.runs, workflowId, runId);
  const moments = victims.map(() => chance.below(chunks * 0.6)).sort((a, b) => a - b);
  let ended = false;
  const end = endOf(handle).finally(() => (ended = true));
  for (const [i, victim] of chance.shuffled(victims).entries()) {
    await until(async () => {
      await workers.restartEnded();
      return ended || finishedChunks(folder) >= moments[i]!;
    });
    await sleep(chance.below(1000));
    if (victim === 'worker') {
      await workers.killOneAtWork(all.client, workflowId);
      await workers.start(1);
    } else await restart(world, victim, 500 + chance.below(2000));
  }
  expect(ended).toBe(false);
  const unheardNeeded = Math.ceil(kills / 4);
  for (let more = 0; more < MORE_KILLS; more++) {
    // An answer counts once it was given.
    await sleep(2 * ANSWER_AFTER_MS);
    if (proxy.count('unheard') >= unheardNeeded) break;
    await workers.killOneAtWork(all.client, workflowId);
    await workers.start(1);
  }
  await until(async () => {
    await workers.restartEnded();
    return ended;
  });
  expect(await end).toBe('COMPLETED');
  expect(workers.killed).toBeGreaterThanOrEqual(kills);
  expect((await progressOf(handle)).rows).toMatchObject({ total: rows, done: rows, failed: 0 });
  await workers.stop();

  // Without further attempts, the kills hit nothing and prove nothing: they must have cut off chunks, and some chunks
  // between a write in Kratos and its answer.
  const attempts = await attemptsOfChunks(all.client, workflowId);
  const again = attempts.reduce((sum, count) => sum + count - 1, 0);
  const unheard = proxy.count('unheard');
  console.log(`${workflowId}: ${again} further attempts, ${unheard} answers that no worker heard`);
  expect(finishedChunks(folder)).toBe(chunks);
  expect(again).toBeGreaterThanOrEqual(kills / 2);
  expect(unheard).toBeGreaterThanOrEqual(unheardNeeded);
  return { folder, runId };
}

/** Kills a server, and starts it again after so many milliseconds. */
async function restart(
  world: World,
  server: 'kratos' | 'temporal',
  afterMs: number,
): Promise<void> {
  if (server === 'kratos') await world.kratos.kill();
  else await world.temporal!.kill();
  await sleep(afterMs);
  if (server === 'kratos') await world.restartKratos();
  else await world.restartTemporal();
}

/** Every new user is there once, in spite of kills of workers, of Kratos and of Temporal. */
export async function expectEachCreatedOnce(stage: Stage, scale: Scale): Promise<void> {
  const { world, all } = stage;
  const { rows } = scale;
  const people = Array.from({ length: rows }, (_, i) => ({
    email: `new${i}@example.com`,
    password: i % 3 === 0 ? `first-password-${i}` : '',
  }));
  const lines = people.map(({ email, password }, i) => `${email},Name ${i},user,${password}`);
  await all.write('new.csv', ['email,first_name,role,initial_password', ...lines, ''].join('\n'));
  const run = await disturb(stage, scale, 'new', { file: 'new.csv' }, ['kratos', 'temporal']);

  const results = await table(run.folder, 'results.csv');
  expect(results.map(({ line, email, outcome }) => [line, email, outcome])).toEqual(
    people.map(({ email }, i) => [String(i + 2), email, 'created']),
  );
  const stored = await Stored.in(world.kratos.adminUrl);
  expect(stored.size).toBe(rows);
  expect(stored.twice).toEqual([]);
  expect(untrueLines(results, { workflowId: 'new', runId: run.runId }, stored)).toEqual([]);
  expect(results.filter(({ identity_id }) => identity_id === '')).toEqual([]);
  // Every third has a password.
  for (let i = 0; i < rows; i += 3 * Math.ceil(rows / 60)) {
    const { email, password } = people[i]!;
    expect(await canLogIn(world.kratos.publicUrl, email, password), email).toBe(true);
  }
}

/** The same of users who have nothing but a phone number, each written in one of two ways; and all of them are undone. */
export async function expectPhonesCreatedOnce(stage: Stage, scale: Scale): Promise<void> {
  const { world, all } = stage;
  const { adminUrl } = world.kratos;
  const phones = Array.from(
    { length: scale.rows },
    (_, i) => `+1415555${String(i).padStart(4, '0')}`,
  );
  const lines = phones.map((phone, i) =>
    i % 2 === 0 ? phone : phone.replace(/^\+1(...)(...)(....)$/, '+1 $1 $2-$3'),
  );
  await all.write('phones.csv', ['phone', ...lines, ''].join('\n'));
  const input = { file: 'phones.csv', columns: { phone: 'traits.phone' } };
  const run = await disturb(stage, scale, 'phones', input, ['kratos', 'temporal']);

  const idsByLine = new Map(
    (await allIdentities(adminUrl)).map(({ id, metadata_admin }) => [
      String((metadata_admin?.['csv_import'] as { line: number }).line),
      id,
    ]),
  );
  expect(idsByLine.size).toBe(phones.length);
  expect(await allIdentities(adminUrl)).toHaveLength(phones.length);
  const results = await table(run.folder, 'results.csv');
  expect(
    results.map(({ line, email, outcome, identity_id }) => [line, email, outcome, identity_id]),
  ).toEqual(phones.map((_, i) => [String(i + 2), '', 'created', idsByLine.get(String(i + 2))]));
  const workers = new WorkerPool(world, new Chance(scale.seed));
  await workers.start(1);
  expect((await all.run('phones-again', input)).rows).toMatchObject({ skipped: phones.length });
  const { summary } = await undoImport(all, { workflowId: 'phones' });
  expect(summary.undone).toMatchObject({ deleted: phones.length, kept: 0 });
  await workers.stop();
}

/** A user: the cells of the file, the fields in Kratos before, and the changes that an update must make. */
interface ExistingPerson {
  cells: Record<(typeof COLUMNS)[number], string>;
  before: ExistingUser;
  changes: Change[];
}

const COLUMNS = [
  ...(['email', 'first_name', 'last_name', 'role', 'department', 'badge', 'state'] as const),
  'initial_password' as const,
];
/** The place of each column that an update may change. */
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

function existingPerson(i: number, chance: Chance): ExistingPerson {
  const cells: ExistingPerson['cells'] = {
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
  // Fields without a column stay; without them, the object for the file's value is missing.
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

/** Exactly the differences of existing users are updated, and the outcomes have the old values, in spite of kills. */
export async function expectOnlyDifferencesUpdated(stage: Stage, scale: Scale): Promise<void> {
  const { world, all } = stage;
  const { rows } = scale;
  const chance = new Chance(scale.seed + 1);
  const people = Array.from({ length: rows }, (_, i) => existingPerson(i, chance));
  const differing = people.filter(({ changes }) => changes.length > 0);
  expect(differing.length).toBeGreaterThan(rows / 20);
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
  const input = { file: 'old.csv', mode: 'update', columns, allow: ['activate'] };
  const run = await disturb(stage, scale, 'old', input);

  const outcomes = await outcomesOfRun(run.folder);
  expect(outcomes.size).toBe(rows);
  expect(people.flatMap((person, i) => wrongOutcome(person, outcomes.get(i + 2)))).toEqual([]);

  const stored = await Stored.in(adminUrl);
  expect(stored.size).toBe(before.size);
  const results = await table(run.folder, 'results.csv');
  expect(untrueLines(results, { workflowId: 'old', runId: run.runId }, stored, before)).toEqual([]);
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
}

function wrongOutcome(
  { cells, changes }: ExistingPerson,
  outcome: RowOutcome | undefined,
): unknown[] {
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

/**
 * Passwords that come after their users are set once, and each is told by one outcome and one audit event, in spite of
 * kills: also those that another attempt set by a hash of its own.
 */
export async function expectPasswordsSetOnce(stage: Stage, scale: Scale): Promise<void> {
  const { world, all, proxy } = stage;
  const { rows } = scale;
  const emails = Array.from({ length: rows }, (_, i) => `late${i}@example.com`);
  await all.write('without.csv', ['email', ...emails, ''].join('\n'));
  proxy.faults = {};
  const worker = await startWorker(world);
  const { rows: counts } = await all.run('without', { file: 'without.csv' });
  expect(counts).toMatchObject({ created: rows });
  await worker.stop();

  const passwordOf = (i: number) => `late-password-${i}`;
  const lines = emails.map((email, i) => `${email},${passwordOf(i)}`);
  await all.write('late.csv', ['email,initial_password', ...lines, ''].join('\n'));
  const input = { file: 'late.csv', setPasswords: 'placeholder' };
  const run = await disturb(stage, scale, 'late', input);

  const outcomes = await outcomesOfRun(run.folder);
  const of = (i: number) => outcomes.get(i + 2);
  expect(emails.map((_, i) => of(i)?.outcome)).toEqual(emails.map(() => 'updated'));
  const trail = (await readFile(path.join(run.folder, 'audit.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n');
  const events = trail.map((line) => JSON.parse(line) as AuditEvent);
  expect(
    events.flatMap(({ event, metadata }) =>
      event === 'user_import_updated' ? [[metadata.line, metadata.changed]] : [],
    ),
  ).toEqual(emails.map((_, i) => [i + 2, ['/credentials/password']]));
  for (const [i, email] of emails.entries()) {
    const { identityId: id = '', password } = of(i)!;
    const query = 'include_credential=password';
    const answer = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}?${query}`);
    const { credentials } = (await answer.json()) as {
      credentials: { password: { config: Record<string, string> } };
    };
    const { config } = credentials.password;
    expect(Object.keys(config), email).toEqual(['hashed_password']);
    expect(passwordDigest(id, config['hashed_password']!), email).toBe(password?.digest);
  }
  for (let i = 0; i < rows; i += Math.ceil(rows / 30)) {
    expect(await canLogIn(world.kratos.publicUrl, emails[i]!, passwordOf(i)), emails[i]).toBe(true);
  }
}

/**
 * Every new user is there once with the sign-ins of their row, in spite of kills, and an undo takes exactly those away
 * who have no more than these.
 */
export async function expectSignInsOnce(stage: Stage, scale: Scale): Promise<void> {
  const { world, all } = stage;
  const { rows } = scale;
  const people = Array.from({ length: rows }, (_, i) => {
    const google = i % 4 === 3 ? '' : `g${i}`;
    const github = i % 3 === 0 ? `h${i}` : '';
    return { email: `elsewhere${i}@example.com`, google, github, hook: i % 8 === 7 ? 'yes' : '' };
  });
  const lines = people.map((person) => Object.values(person).join(','));
  await all.write('elsewhere.csv', ['email,google,github,hook', ...lines, ''].join('\n'));
  const columns = {
    ...{ google: 'sign_in.google', github: 'sign_in.github' },
    hook: 'password_migration_hook',
  };
  const allow = ['unknown-provider'];
  const input = { file: 'elsewhere.csv', columns, allow };
  const run = await disturb(stage, scale, 'elsewhere', input, ['kratos', 'temporal']);

  const results = await table(run.folder, 'results.csv');
  const dueOf = ({ google, github, hook }: (typeof people)[number]) =>
    google + github + hook === '' ? 'due' : 'none';
  expect(results.map(({ email, outcome, invitation }) => [email, outcome, invitation])).toEqual(
    people.map((person) => [person.email, 'created', dueOf(person)]),
  );
  expect(new Set(results.map(({ identity_id }) => identity_id)).size).toBe(rows);
  const keptSignIns = await executeSql(
    world.databaseUrl,
    `SELECT ic.identity_id AS id, string_agg(ici.identifier, ' ' ORDER BY ici.identifier) AS sign_ins
     FROM identity_credentials ic
     JOIN identity_credential_types t ON t.id = ic.identity_credential_type_id AND t.name = 'oidc'
     JOIN identity_credential_identifiers ici ON ici.identity_credential_id = ic.id GROUP BY 1`,
  );
  const byId = new Map(keptSignIns.map(({ id, sign_ins }) => [id, sign_ins]));
  const wanted = people.map(({ google, github }) =>
    [github && `github:${github}`, google && `google:${google}`].filter(Boolean).join(' '),
  );
  expect(results.map(({ identity_id }) => byId.get(identity_id) ?? '')).toEqual(wanted);
  const hashes = await executeSql(
    world.databaseUrl,
    `SELECT count(*) AS hashes FROM identity_credentials c JOIN identities i ON i.id = c.identity_id
     WHERE c.config ->> 'hashed_password' <> ''
     AND i.metadata_admin -> 'csv_import' ->> 'workflowId' = 'elsewhere'`,
  );
  const due = people.filter((person) => dueOf(person) === 'due');
  expect(Number(hashes[0]!['hashes'])).toBe(due.length);

  // As if the first user had linked another account.
  const [first] = results;
  const linked = await executeSql(
    world.databaseUrl,
    `UPDATE identity_credential_identifiers SET identifier = 'google:another'
     WHERE identifier = 'google:g0' RETURNING id`,
  );
  expect(linked).toHaveLength(1);
  await startWorker(world);
  const { summary } = await undoImport(all, { workflowId: 'elsewhere' });
  expect(summary.undone).toMatchObject({ deleted: rows - 1, kept: 1 });
  expect(summary.undone.reasons).toMatchObject({ credential_added: { count: 1, lines: [2] } });
  const left = (await Stored.in(world.kratos.adminUrl)).of(people[0]!.email);
  expect(left?.id).toBe(first!['identity_id']);
}
