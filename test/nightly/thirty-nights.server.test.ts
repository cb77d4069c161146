/**
 * Thirty nights of the file of one source, with all that happens to files, people, servers and users meanwhile. After
 * each of them every user of Kratos is compared with what follows from file, history and rules alone: test/support/nights.ts.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import type { Report } from '../../src/contract/report.js';
import { Chance } from '../support/chance.js';
import { runCommand } from '../support/command.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { allIdentities, canLogIn, type StoredIdentity } from '../support/identities.js';
import { endOf, imports, progressOf, type Imports } from '../support/imports.js';
import {
  csvOfRows,
  night,
  Roster,
  TENANTS,
  whyItWaits,
  type Account,
  type Night,
  type Row,
  type Rules,
  type Users,
} from '../support/nights.js';
import { SEED } from '../support/seed.js';
import { undoImport } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const PEOPLE = 2000;
/** One person in so many has no id of the source's own system. */
const WITHOUT_OLD_ID = 25;
const AT_MOST = 0.05;
const FILE = 'hr.csv';
const HR: Rules = { source: 'hr', onDrift: 'overwrite' };
const SCHOOL: Rules = { source: 'school', onDrift: 'overwrite' };
const KRATOS_IS_AWAY_MS = 20_000;
const PASSWORD = 'a password of night one';

const chance = new Chance(SEED);
const hr = new Roster(chance, PEOPLE, WITHOUT_OLD_ID);
/** She has a password, so that she can have a session. */
const vera: Row = { ...person('vera'), oldId: 'hr-vera', password: PASSWORD };
hr.add([vera]);

let world: World;
let all: Imports;
let proxy: FaultProxy;
let worker: WorkerProcess;
/** As they must be. */
let users: Users = [];
let rowsBefore: number | undefined;

function person(name: string): Row {
  return { oldId: '', address: `${name}@example.net`, name, tenant: TENANTS[0]! };
}

/** Users whom an admin has made, whom nothing of the import may touch unasked. */
const byAdmin = Array.from({ length: 20 }, (_, i) => person(`made-${i}`));
/** Users of another source. */
const school = Array.from({ length: 10 }, (_, i) => ({ ...person(`pupil-${i}`), oldId: `s-${i}` }));

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  worker = await startNightWorker();
  for (const row of byAdmin) users = [...users, await makeByHand(row)];
  const first = night(users, school, SCHOOL);
  await all.write('school.csv', csvOfRows(school));
  await all.run('school-1', inputOf(SCHOOL, { file: 'school.csv' }));
  users = await compared(first.users);
}, 300_000);

afterAll(() => world.close());

function startNightWorker(): Promise<WorkerProcess> {
  return startWorker(world, { KRATOS_ADMIN_URL: proxy.url, TENANTS: TENANTS.join(',') });
}

function inputOf(
  { source, onDrift, adopt = false }: Rules,
  more: object = {},
): Record<string, unknown> {
  return {
    ...{ file: FILE, mode: 'update', onDrift, adopt },
    allow: ['change-address', 'change-identifier'],
    missing: { do: 'deactivate', scope: source, atMost: AT_MOST },
    ...more,
  };
}

async function makeByHand(row: Row): Promise<Account> {
  const { oldId, address, name, tenant } = row;
  const notes = { theme: 'dark' };
  const response = await fetch(`${world.kratos.adminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      schema_id: DEMO_SCHEMA_ID,
      traits: { email: address, first_name: name, tenant_id: tenant },
      metadata_public: notes,
    }),
  });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  return { id, oldId, address, name, tenant, isActive: true, notes };
}

/** Somebody changes users, past the import. */
async function changeByHand(
  chosen: readonly Account[],
  how: (user: Account) => Partial<Pick<Account, 'address' | 'name' | 'tenant' | 'isActive'>>,
): Promise<void> {
  for (const user of chosen) {
    const change = how(user);
    const paths = {
      address: '/traits/email',
      name: '/traits/first_name',
      tenant: '/traits/tenant_id',
    };
    const patch = Object.entries(change).map(([key, value]) =>
      key === 'isActive'
        ? { op: 'replace', path: '/state', value: value ? 'active' : 'inactive' }
        : { op: 'replace', path: paths[key as keyof typeof paths], value },
    );
    const response = await fetch(`${world.kratos.adminUrl}/admin/identities/${user.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(patch),
    });
    expect(response.status).toBe(200);
    users = users.map((each) => (each.id === user.id ? { ...each, ...change } : each));
  }
}

/** Some users of the source, as they are now. */
function someUsers(count: number, is: (user: Account) => boolean): Account[] {
  const able = users.filter((user) => user.of?.source === HR.source && is(user));
  const chosen = chance.shuffled(able).slice(0, count);
  expect(chosen).toHaveLength(count);
  return chosen;
}

/** Their rows in tonight's file. */
function rowsOf(chosen: readonly Account[]): Row[] {
  return chosen.map(({ oldId }) => hr.rows.find((row) => row.oldId === oldId)!);
}

/** Whether the user is in the file, and has an id there. */
function isPresent({ oldId, isActive }: Account): boolean {
  return isActive && oldId !== '' && hr.rows.some((row) => row.oldId === oldId && !row.password);
}

/** Whether the user has lost their access, and is not in the file. */
function isGone({ oldId, isActive, of }: Account): boolean {
  const isOwn = (row: Row): boolean =>
    oldId === '' ? row.address === of!.key : row.oldId === oldId;
  return !isActive && !hr.rows.some(isOwn);
}

/** Every user of Kratos is as they must be, and nobody else is there. @returns the same with the ids of the new ones */
async function compared(expected: Users): Promise<Users> {
  const stored = await allIdentities(world.kratos.adminUrl);
  const left = new Map(stored.map((identity) => [identity.id, identity]));
  const wrong: string[] = [];
  const known = expected.map((user) => {
    const byAddress = stored.find(({ traits }) => traits['email'] === user.address);
    const identity = user.id === undefined ? byAddress : left.get(user.id);
    if (!identity || !left.delete(identity.id)) {
      wrong.push(`${user.address} is not there`);
      return user;
    }
    const [wanted, found] = [wantedOf(user), foundOf(identity)];
    if (wanted !== found) wrong.push(`wanted ${wanted}\n    found ${found}`);
    return { ...user, id: identity.id };
  });
  for (const identity of left.values()) wrong.push(`nobody wants ${foundOf(identity)}`);
  expect({ wrong: wrong.length, first: wrong.slice(0, 10) }).toEqual({ wrong: 0, first: [] });
  return known;
}

function wantedOf({ address, name, tenant, isActive, oldId, of, notes }: Account): string {
  const traits = { email: address, first_name: name, tenant_id: tenant };
  return inOrder({ traits, isActive, oldId, source: of?.source ?? '', notes: notes ?? null });
}

function foundOf({ traits, state, metadata_admin, metadata_public }: StoredIdentity): string {
  const origin = metadata_admin?.['csv_import'] as { source?: { name?: string } } | undefined;
  return inOrder({
    traits,
    isActive: state === 'active',
    oldId: metadata_admin?.['old_id'] ?? '',
    source: origin?.source?.name ?? '',
    notes: metadata_public,
  });
}

function inOrder(value: object): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Everything that Kratos has, times and marks included. */
async function everything(): Promise<string> {
  const stored = await allIdentities(world.kratos.adminUrl);
  return inOrder(stored.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

async function reportOf(handle: WorkflowHandle): Promise<Report> {
  const { raw } = await handle.describe();
  const folder = path.join(world.runs, handle.workflowId, raw.workflowExecutionInfo!.firstRunId!);
  return JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as Report;
}

interface Tonight {
  rules?: Partial<Rules>;
  /** By default the roster's. */
  file?: readonly Row[];
  /** Called while it runs. */
  meanwhile?: (handle: WorkflowHandle) => Promise<void>;
}

const idOf = (n: number): string => `night-${n}`;

async function begin(n: number, text: string, rules: Rules): Promise<WorkflowHandle> {
  await all.write(FILE, text);
  return all.start(idOf(n), inputOf(rules));
}

async function untilItWaits(handle: WorkflowHandle): Promise<void> {
  await until(async () => {
    const { phase } = await progressOf(handle);
    if (phase === 'done') throw new Error(`${handle.workflowId} has not waited`);
    return phase === 'awaiting-approval';
  });
}

/** A night that comes to its end. Approves what it waits for, if the rules say that it must wait. */
async function pass(n: number, tonight: Tonight = {}): Promise<Night> {
  const file = [...(tonight.file ?? hr.rows)];
  const rules = { ...HR, ...tonight.rules };
  const expected = night(users, file, rules);
  const why = whyItWaits(users, file, { ...rules, atMost: AT_MOST, rowsBefore });
  const gates = [why.includes('adoption'), why.some((each) => each !== 'adoption')].filter(Boolean);
  const before = gates.length > 0 ? await everything() : '';
  const handle = await begin(n, csvOfRows(file), rules);
  for (const _ of gates) {
    await untilItWaits(handle);
    expect((await everything()) === before).toBe(true);
    await handle.executeUpdate('approve');
  }
  await tonight.meanwhile?.(handle);
  await handle.result();
  users = await compared(expected.users);

  const { ending, rows, comparison } = await reportOf(handle);
  const { told } = expected;
  const { failed, leftAlone, skipped, ...others } = told;
  expect({ ending, ...rows }).toMatchObject({
    ending: 'done',
    total: file.length,
    failed,
    left_alone: leftAlone,
    skipped,
    invalid: 0,
    undecided: 0,
  });
  expect(comparison).toMatchObject({ source: HR.source, ...others });
  rowsBefore = file.length;
  return expected;
}

/** A file with which nothing may happen at all. */
async function refused(n: number, text: string): Promise<void> {
  const before = await everything();
  const handle = await begin(n, text, HR);
  expect(await endOf(handle)).toBe('FAILED');
  expect((await everything()) === before).toBe(true);
}

async function signIn(address: string): Promise<string> {
  const { publicUrl } = world.kratos;
  const flow = (await (await fetch(`${publicUrl}/self-service/login/api`)).json()) as {
    ui: { action: string };
  };
  const response = await fetch(flow.ui.action, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ method: 'password', identifier: address, password: PASSWORD }),
  });
  return ((await response.json()) as { session_token: string }).session_token;
}

async function isSignedIn(token: string): Promise<boolean> {
  const headers = { 'x-session-token': token };
  return (await fetch(`${world.kratos.publicUrl}/sessions/whoami`, { headers })).ok;
}

/** The ids that the command lists with such an outcome. */
async function listed(n: number, outcome: string): Promise<string[]> {
  const args = ['results', idOf(n), '--outcome', outcome, '--json'];
  const { code, out } = await runCommand(world, world.importRoot, args);
  expect(code, out).toBe(0);
  const { rows } = JSON.parse(out) as { rows: { identityId: string }[] };
  return rows.map(({ identityId }) => identityId).sort();
}

function idsOf(chosen: readonly Account[]): string[] {
  return chosen.map(({ id }) => id!).sort();
}

/** What later nights need of earlier ones. */
let session = '';
let blockedByAdmin: Account[] = [];
let blockedRows: Row[] = [];
let clashing: Row;

const NIGHTS: [what: string, pass: (n: number) => Promise<unknown>][] = [
  [
    'all are created, and fifteen users of an admin taken into the source, once that is approved',
    async (n) => {
      const known = byAdmin.slice(0, 15).map((row, i) => ({
        ...{ ...row, oldId: `hr-made-${i}` },
        ...(i % 2 === 0 && { name: `${row.name} of HR`, tenant: TENANTS[1]! }),
      }));
      hr.add(known);
      const { told } = await pass(n, { rules: { adopt: true } });
      expect(told).toMatchObject({ new: PEOPLE + 1, adopted: 15 });
      session = await signIn(vera.address);
    },
  ],
  ['people join, leave, move and are renamed', plain],
  [
    'whoever leaves is signed out',
    async (n) => {
      hr.passAnyNight();
      hr.remove([vera]);
      expect(await isSignedIn(session)).toBe(true);
      await pass(n);
      expect(await isSignedIn(session)).toBe(false);
      expect(await canLogIn(world.kratos.publicUrl, vera.address, PASSWORD)).toBe(false);
    },
  ],
  [
    'the file has users of another source, who stay as they are, and of no source, who are changed',
    async (n) => {
      hr.passAnyNight();
      const others = school.slice(0, 3).map((row) => ({ ...row, oldId: '', name: 'Taken' }));
      const ofNone = byAdmin.slice(15, 17).map((row) => ({ ...row, name: 'Changed' }));
      const { told } = await pass(n, { file: [...hr.rows, ...others, ...ofNone] });
      expect(told).toMatchObject({ leftAlone: 3, adopted: 0 });
    },
  ],
  [
    'these are gone from it again, and nobody of them leaves; whoever returns signs in anew',
    async (n) => {
      hr.passAnyNight();
      hr.return(0, [vera]);
      await pass(n);
      expect(await isSignedIn(session)).toBe(false);
      expect(await canLogIn(world.kratos.publicUrl, vera.address, PASSWORD)).toBe(true);
    },
  ],
  ['the file is empty', (n) => refused(n, csvOfRows([]))],
  ['people join, leave, move and are renamed', plain],
  ['people join, leave, move and are renamed', plain],
  [
    'another source has its night, and a leaver of its own',
    async (n) => {
      const file = school.slice(1);
      const expected = night(users, file, SCHOOL);
      expect(expected.leavers).toHaveLength(1);
      await all.write('school.csv', csvOfRows(file));
      const missing = { do: 'deactivate', scope: SCHOOL.source, atMost: 1 };
      await all.run('school-2', { ...inputOf(SCHOOL, { file: 'school.csv' }), missing });
      users = await compared(expected.users);
      await plain(n);
    },
  ],
  [
    'the file ends after half of its rows: it waits, and nothing has happened when it is cancelled',
    async (n) => {
      const half = hr.rows.slice(0, hr.rows.length / 2);
      const before = await everything();
      const handle = await begin(n, csvOfRows(half), HR);
      await untilItWaits(handle);
      const { leavers } = night(users, half, HR);
      expect(await listed(n, 'would_deactivate')).toEqual(idsOf(leavers));
      await handle.cancel();
      expect(await endOf(handle)).toBe('CANCELLED');
      expect((await everything()) === before).toBe(true);
    },
  ],
  [
    'the file ends within a row',
    async (n) => {
      const text = csvOfRows(hr.rows);
      const line = text.lastIndexOf('\n', text.length * 0.7) + 1;
      await refused(n, text.slice(0, text.indexOf('@', line)));
    },
  ],
  ['people join, leave, move and are renamed', plain],
  [
    'Kratos ends while rows are imported, and is back later',
    async (n) => {
      hr.passAnyNight();
      proxy.faults.writesLeft = 3;
      await pass(n, {
        meanwhile: async () => {
          await until(() => proxy.waiting > 0);
          await world.kratos.kill();
          delete proxy.faults.writesLeft;
          await sleep(KRATOS_IS_AWAY_MS);
          await world.restartKratos();
        },
      });
    },
  ],
  ['people join, leave, move and are renamed', plain],
  ['people join, leave, move and are renamed', plain],
  [
    'the worker is killed while people leave, and another one goes on',
    async (n) => {
      hr.rest();
      hr.leave(60);
      proxy.faults.writesLeft = 12;
      const { told } = await pass(n, {
        meanwhile: async () => {
          await until(() => proxy.waiting > 0);
          await worker.kill();
          delete proxy.faults.writesLeft;
          worker = await startNightWorker();
        },
      });
      expect(told.left).toBe(60);
    },
  ],
  ['people join, leave, move and are renamed', plain],
  [
    'the file is that of the night before: Kratos, which is away, is not asked',
    async (n) => {
      const before = await everything();
      await proxy.down();
      const handle = await begin(n, csvOfRows(hr.rows), HR);
      await handle.result();
      await proxy.up();
      const { ending, unchangedSince } = await reportOf(handle);
      expect({ ending, since: unchangedSince?.workflowId }).toEqual({
        ending: 'unchanged',
        since: idOf(n - 1),
      });
      expect((await handle.fetchHistory()).events!.length).toBeLessThan(20);
      expect((await everything()) === before).toBe(true);
    },
  ],
  ['people join, leave, move and are renamed', plain],
  [
    'what was changed by hand is overwritten',
    async (n) => {
      await changeMuchByHand(n);
      const [unblocked] = someUsers(1, (user) => user.of!.hasBlocked && isGone(user));
      await changeByHand([unblocked!], () => ({ isActive: true }));
      const { told, leavers } = await pass(n);
      expect(told.drifted).toBeGreaterThan(10);
      expect(idsOf(leavers)).toContain(unblocked!.id);
    },
  ],
  [
    'what was changed by hand is kept',
    async (n) => {
      await changeMuchByHand(n);
      const [unblocked] = someUsers(1, (user) => user.of!.hasBlocked && isGone(user));
      await changeByHand([unblocked!], () => ({ isActive: true }));
      const { told, leavers } = await pass(n, { rules: { onDrift: 'keep' } });
      expect(told.drifted).toBeGreaterThan(10);
      expect(idsOf(leavers)).not.toContain(unblocked!.id);
    },
  ],
  [
    'somebody whom an admin has blocked leaves, and what was kept is overwritten after all',
    async (n) => {
      const { told } = await passAfter(n, async () => {
        blockedByAdmin = someUsers(2, isPresent);
        await changeByHand(blockedByAdmin, () => ({ isActive: false }));
        blockedRows = hr.remove(rowsOf(blockedByAdmin));
      });
      expect(told.drifted).toBeGreaterThan(0);
    },
  ],
  [
    'they return, and stay blocked',
    async (n) => {
      await passAfter(n, () => void hr.return(0, blockedRows));
      const ids = idsOf(blockedByAdmin);
      const now = users.filter(({ id }) => ids.includes(id!));
      expect(now.map(({ isActive }) => isActive)).toEqual([false, false]);
    },
  ],
  [
    'so many leave that it waits, with a list of them, until they are approved',
    async (n) => {
      hr.rest();
      hr.leave(120);
      const file = [...hr.rows];
      const expected = night(users, file, HR);
      const before = await everything();
      const handle = await begin(n, csvOfRows(file), HR);
      await untilItWaits(handle);
      expect(await listed(n, 'would_deactivate')).toEqual(idsOf(expected.leavers));
      expect((await everything()) === before).toBe(true);
      const approved = await runCommand(world, world.importRoot, ['approve', idOf(n)]);
      expect(approved.code, approved.out).toBe(0);
      await handle.result();
      users = await compared(expected.users);
      const { left } = expected.told;
      expect(left).toBeGreaterThan(100);
      expect((await reportOf(handle)).comparison).toMatchObject({ left, returned: 0 });
      rowsBefore = file.length;
    },
  ],
  ['people join, leave, move and are renamed', plain],
  [
    'a night is undone, as if it had not been',
    async (n) => {
      const before = users;
      await plain(n);
      const { summary } = await undoImport(all, { workflowId: idOf(n) });
      expect(summary.undone).toMatchObject({ kept: 0 });
      users = await compared(before);
    },
  ],
  ['the file says it all again', plain],
  [
    'rows say themselves what is to be done',
    async (n) => {
      hr.rest();
      const rows = rowsOf(someUsers(16, isPresent));
      const deleted = rows.slice(13);
      const acting = new Map<Row, Row>();
      const act = (rows: Row[], action: NonNullable<Row['action']>, change: object = {}): void => {
        for (const row of rows) acting.set(row, { ...row, ...change, action });
      };
      act(rows.slice(0, 3), 'skip', { name: 'Not tonight' });
      act(rows.slice(3, 6), 'create', { name: 'Not tonight' });
      act(rows.slice(6, 9), 'update', { name: 'Tonight' });
      act(rows.slice(9, 13), 'deactivate');
      act(deleted, 'delete');
      const strangers: Row[] = [
        { ...person('stranger'), action: 'update' },
        { ...person('newcomer'), oldId: 'hr-newcomer', action: 'create' },
        { ...school[4]!, action: 'delete' },
      ];
      const file = [...hr.rows.map((row) => acting.get(row) ?? row), ...strangers];
      const { told } = await pass(n, { file });
      expect(told).toMatchObject({ new: 1, skipped: 6, changed: 3, left: 7, leftAlone: 2 });
      // Whoever was deleted is not in the next file; the others are, as they were.
      hr.remove(deleted);
      hr.add([{ ...person('newcomer'), oldId: 'hr-newcomer' }]);
    },
  ],
  [
    'a joiner has the address of somebody who left: that row fails, and nobody else notices',
    async (n) => {
      const { told } = await passAfter(n, () => {
        const [holder] = someUsers(1, (user) => isGone(user) && user.oldId !== '');
        clashing = { ...person('clash'), oldId: 'hr-clash', address: holder!.address };
        hr.add([clashing]);
      });
      expect(told.failed).toBe(1);
    },
  ],
  [
    'they have an address of their own',
    async (n) => {
      const own = { ...clashing, address: 'clash@example.net' };
      const { told } = await passAfter(n, () => void hr.change([clashing], () => own));
      expect(told.failed).toBe(0);
    },
  ],
];

function plain(n: number): Promise<Night> {
  return passAfter(n, () => undefined);
}

async function passAfter(n: number, event: () => unknown): Promise<Night> {
  hr.passAnyNight();
  await event();
  return pass(n);
}

/** Names, tenants and addresses of some, of whom the file says something new at the same time. */
async function changeMuchByHand(n: number): Promise<void> {
  hr.passAnyNight();
  const chosen = someUsers(12, isPresent);
  const some = (from: number, to: number): Account[] => chosen.slice(from, to);
  await changeByHand(some(0, 6), ({ name }) => ({ name: `${name} by hand ${n}` }));
  await changeByHand(some(4, 8), ({ tenant }) => ({ tenant: TENANTS.find((t) => t !== tenant)! }));
  await changeByHand(some(8, 12), () => ({ address: hr.newAddress() }));
  const known = someUsers(2, ({ oldId, isActive, of }) => {
    const isThere = hr.rows.some(({ address }) => address === of?.key);
    return oldId === '' && isActive && isThere;
  });
  await changeByHand(known, () => ({ address: hr.newAddress() }));
  hr.change(rowsOf([chosen[0]!, chosen[9]!]), (row) => ({ ...row, name: `${row.name} too` }));
}

let isBroken = false;

test.each(NIGHTS.map(([what, passes], n) => [n, what, passes] as const))(
  `night %i: %s (SEED=${SEED})`,
  async (n, _what, passes) => {
    // Each night begins with the users of the one before.
    expect(isBroken, 'a night before this one went wrong').toBe(false);
    isBroken = true;
    await passes(n);
    isBroken = false;
  },
  180_000,
);

test('they were thirty', () => expect(NIGHTS).toHaveLength(30));
