/** What one listing tells of the file of a source: its rows, its users, and those of nobody. */
import { describe, expect, it } from 'vitest';
import type { Findings } from '../../../src/contract/findings.js';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { originOf, type SourceMark } from '../../../src/identity/origin.js';
import { newMark } from '../../../src/identity/source-mark.js';
import { readExistingUsers } from '../../../src/store/existing-users.js';
import { readLeavers, streamAdoptable, streamLeaverNames } from '../../../src/store/leavers.js';
import { leaverChunksOf } from '../../../src/store/open-run.js';
import { readSettled } from '../../../src/store/settled.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { ListedKratos } from '../../support/existing-user-hints.js';
import { KratosInMemory, toFields } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';
import { night, planNight } from '../../support/source-runs.js';

const HEADER = 'email,first_name,old_id';
const SOURCE = { mode: 'update', missing: { do: 'deactivate', scope: 'hr' } };

type More = { source?: string; state?: 'active' | 'inactive' } & Partial<SourceMark>;

/** Kratos, and the users of sources in it as their last run has left them. */
class Night {
  readonly kratos = new ListedKratos({ pageSize: 7 });
  private planned: Promise<PlannedRun> | undefined;

  constructor(private readonly header = HEADER) {}

  file(lines: readonly string[]): string {
    return `${[this.header, ...lines].join('\n')}\n`;
  }

  /** The user whom a run of a source has made of a row. */
  async member(line: string, more: More = {}): Promise<string> {
    const { source = 'hr', state, ...marked } = more;
    const { plan } = await (this.planned ??= PlannedRun.of(this.file([line]), {
      store: new MemoryStore(),
    }));
    const { importRow, problems } = createRowCheck(plan)(line.split(','));
    expect(problems).toEqual([]);
    const identity = identityOf(importRow.traits, importRow.metadataAdmin);
    identity.state = state ?? importRow.state ?? 'active';
    const mark = newMark(source, importRow, plan.map, toFields(identity));
    identity.metadataAdmin['csv_import'] = { source: { ...mark, ...marked } };
    return this.kratos.store(identity);
  }

  /** A user of no source. */
  admin(email: string): string {
    return this.kratos.store(identityOf({ email }, {}));
  }

  async listed(lines: readonly string[], input: Record<string, unknown> = {}, given: Given = {}) {
    const run = await PlannedRun.of(this.file(lines), {
      store: new MemoryStore(),
      kratos: this.kratos,
      ...given,
      input: { ...SOURCE, onInvalid: 'import-valid', ...input },
    });
    const all = lines.map((_, i) => i + 2);
    const leavers: string[] = [];
    for await (const chunk of leaverChunksOf(run)) leavers.push(...(await readLeavers(chunk)));
    const names: { identityId: string; email: string }[] = [];
    for await (const name of streamLeaverNames(run)) names.push(name);
    const adoptable: { line: number; identityId: string; email: string }[] = [];
    for await (const each of streamAdoptable(run)) adoptable.push(each);
    return {
      run,
      found: run.findings.source as NonNullable<Findings['source']>,
      existing: Object.fromEntries(await readExistingUsers(run, all)),
      settled: [...(await readSettled(run, all))],
      leavers,
      names,
      adoptable,
    };
  }

  user(id: string): NewIdentity {
    return this.kratos.identities.get(id)!;
  }
}

function identityOf(traits: object, metadataAdmin: object): NewIdentity {
  return {
    schemaId: 'default',
    traits: { ...traits },
    metadataAdmin: { ...metadataAdmin },
    state: 'active',
    verifiedEmails: [],
  };
}

const ANN = 'ann@example.com,Ann,1';
const BEN = 'ben@example.com,Ben,2';
const CLEO = 'cleo@example.com,Cleo,3';

describe('the same file again', () => {
  it('leaves nothing to be done, and asks for nothing but the list', async () => {
    const night = new Night();
    const ids = [await night.member(ANN), await night.member(BEN), await night.member(CLEO)];
    const { run, found, existing, settled, leavers } = await night.listed([ANN, BEN, CLEO]);
    expect(found).toEqual({
      ...{ scope: 3, leavers: 0, told: 0, unreadable: 0, adoptable: 0, settled: 3 },
      ...{ open: [], skippedRows: 3, skippedInvalid: 0, skippedChunks: 1 },
    });
    expect(run.plan.source).toMatchObject({ name: 'hr', skipped: [{ chunk: 1, chunks: 1 }] });
    expect(settled).toEqual([2, 3, 4]);
    expect(existing).toEqual({ 2: ids[0], 3: ids[1], 4: ids[2] });
    expect(leavers).toEqual([]);
    expect([night.kratos.pages, night.kratos.requests.findByIdentifier]).toEqual([1, 0]);
  });

  it('is settled in another order, with other columns and in quotes', async () => {
    const night = new Night();
    for (const row of [ANN, BEN]) await night.member(row);
    const turned = new Night('old_id,state,email,first_name');
    for (const [id, user] of night.kratos.identities) turned.kratos.identities.set(id, user);
    const { settled } = await turned.listed([
      '2,,ben@example.com,"Ben"',
      '1,," Ann@Example.com ",Ann',
    ]);
    // Another spelling of the address is another row, though of the same user.
    expect(settled).toEqual([2]);
  });

  it('is open in the chunks of what has changed in the file or in Kratos', async () => {
    const night = new Night();
    const lines = Array.from({ length: 10 }, (_, i) => `user${i}@example.com,User,${i}`);
    const ids: string[] = [];
    for (const line of lines) ids.push(await night.member(line));
    night.user(ids[7]!).traits = { email: 'user7@example.com', first_name: 'By hand' };
    const changed = lines.with(2, 'user2@example.com,Other,2');
    const { run, found, settled } = await night.listed(changed, { chunkSize: 2 });
    expect(found).toMatchObject({
      ...{ settled: 8, skippedRows: 6, skippedChunks: 3 },
      open: [
        { chunk: 2, chunks: 1 },
        { chunk: 4, chunks: 1 },
      ],
    });
    expect(run.plan.source!.skipped).toEqual([
      { chunk: 1, chunks: 1 },
      { chunk: 3, chunks: 1 },
      { chunk: 5, chunks: 1 },
    ]);
    expect(settled).toEqual([2, 3, 5, 6, 7, 8, 10, 11]);
  });

  it('is open in the chunks of the canary rows', async () => {
    const night = new Night();
    const lines = Array.from({ length: 6 }, (_, i) => `user${i}@example.com,User,${i}`);
    for (const line of lines) await night.member(line);
    const { found } = await night.listed(lines, { chunkSize: 2, canaryRows: 3 });
    expect(found).toMatchObject({ open: [{ chunk: 1, chunks: 2 }], settled: 6, skippedRows: 3 });
  });

  it('leaves invalid rows out with the settled ones', async () => {
    const night = new Night();
    await night.member(ANN);
    const { found } = await night.listed([ANN, 'dee@example.com,x,4,too many'], { chunkSize: 1 });
    expect(found).toMatchObject({ open: [], skippedRows: 1, skippedInvalid: 1, skippedChunks: 2 });
  });

  it('is no shortcut to users who may get a password', async () => {
    const night = new Night('email,first_name,old_id,initial_password');
    await night.member(`${ANN},`);
    await night.member(`${BEN},`);
    const lines = [`${ANN},`, `${BEN},correct horse battery`];
    expect((await night.listed(lines)).settled).toEqual([2, 3]);
    expect((await night.listed(lines, { setPasswords: 'placeholder' })).settled).toEqual([2]);
  });

  it.each([
    ['never', [2]],
    ['after-import', []],
  ])(
    'is no shortcut to users who wait for an invitation, if any go out: %s',
    async (send, settled) => {
      const night = new Night();
      const { metadataAdmin } = night.user(await night.member(ANN));
      originOf(metadataAdmin)!.invitation = { dueSince: '2026-11-02T10:00:00Z' };
      expect((await night.listed([ANN], { invitations: { send } })).settled).toEqual(settled);
    },
  );

  it('is a new file to another source', async () => {
    const night = new Night();
    await night.member(ANN, { source: 'payroll' });
    const { found, settled } = await night.listed([ANN]);
    expect(settled).toEqual([]);
    expect(found).toMatchObject({ scope: 0, adoptable: 0, open: [{ chunk: 1, chunks: 1 }] });
  });
});

describe('those who are missing', () => {
  it('are the users of the source alone who can sign in, by name', async () => {
    const night = new Night();
    await night.member(ANN);
    const ben = await night.member(BEN);
    const blocked = await night.member(CLEO, { state: 'inactive' });
    await night.member('dee@example.com,Dee,4', { source: 'payroll' });
    night.admin('root@example.com');
    const { found, run, leavers, names } = await night.listed([ANN]);
    expect(leavers).toEqual([ben]);
    expect(leavers).not.toContain(blocked);
    expect(names).toEqual([{ identityId: ben, email: 'ben@example.com' }]);
    expect(found).toMatchObject({ scope: 2, leavers: 1 });
    expect(run.plan.source).toMatchObject({ leavers: 1, do: 'deactivate', onDrift: 'overwrite' });
    expect(run.plan.source!.leaversSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are in chunks behind those of the file', async () => {
    const night = new Night();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await night.member(`user${i}@example.com,User,${i}`));
    const { run, leavers } = await night.listed(['new@example.com,New,9'], { chunkSize: 2 });
    expect(leavers).toEqual(ids.toSorted());
    const chunks: number[][] = [];
    for await (const { number, range } of leaverChunksOf(run)) chunks.push([number, range.rows]);
    expect(chunks).toEqual([
      [2, 2],
      [3, 2],
      [4, 1],
    ]);
  });

  it('are none who are in the file under another address', async () => {
    const night = new Night();
    const renamed = await night.member(ANN);
    const moved = await night.member('ben@example.com,Ben,');
    night.user(moved).traits = { email: 'my-own@example.com', first_name: 'Ben' };
    const file = ['ann.new@example.com,Ann,1', 'ben@example.com,Ben,'];
    const { leavers, existing, settled } = await night.listed(file);
    expect(leavers).toEqual([]);
    expect(existing).toEqual({ 2: renamed, 3: moved });
    expect(settled).toEqual([]);
  });

  it('are those whose address a joiner with another id has got', async () => {
    const night = new Night();
    const ann = await night.member(ANN);
    const { leavers, existing } = await night.listed(['ann@example.com,Ann,9']);
    expect(leavers).toEqual([ann]);
    expect(existing).toEqual({});
  });

  it('are none whose row is invalid, whatever else of it is wrong', async () => {
    const night = new Night();
    for (const row of [ANN, BEN, CLEO]) await night.member(row);
    const file = [
      'ann@example.com,Ann,1,too many',
      // The old id of another row, and an address that is none.
      'ben@example.com,Ben,1',
      'no address,Cleo,3',
    ];
    const { found, leavers } = await night.listed(file);
    expect(leavers).toEqual([]);
    expect(found).toMatchObject({ scope: 3, unreadable: 1 });
  });

  it('are uncertain where rows cannot be read', async () => {
    const night = new Night();
    const ann = await night.member(ANN);
    const file = [',Ann,', 'not an address,Ann,', 'x', 'new@example.com,\u0000,'];
    const { found, leavers } = await night.listed(file);
    expect(leavers).toEqual([ann]);
    expect(found).toMatchObject({ leavers: 1, unreadable: 3 });
    expect(found.skippedInvalid).toBe(4);
  });

  it('are those whose rows are left out', async () => {
    const night = new Night('email,first_name,old_id,deleted_at');
    const ann = await night.member(`${ANN},`);
    await night.member(`${BEN},`);
    const input = { columns: { deleted_at: 'leave_out' } };
    const { leavers } = await night.listed([`${ANN},2026-01-01`, `${BEN},`], input);
    expect(leavers).toEqual([ann]);
  });

  it('are kept in where somebody let them in again by hand, if so asked', async () => {
    const night = new Night();
    const deactivated = { workflowId: 'w', runId: 'r', at: '2026-11-02T10:00:00Z' };
    const back = await night.member(ANN, { deactivated });
    const gone = await night.member(BEN, { deactivated, state: 'inactive' });
    const leaversFor = async (what: string, onDrift: string) =>
      (await night.listed([CLEO], { missing: { scope: 'hr', do: what }, onDrift })).leavers;
    expect(await leaversFor('deactivate', 'overwrite')).toEqual([back]);
    expect(await leaversFor('deactivate', 'keep')).toEqual([]);
    expect(await leaversFor('delete', 'keep')).toEqual([gone]);
    expect(await leaversFor('delete', 'overwrite')).toEqual([back, gone].toSorted());
    expect(await leaversFor('nothing', 'overwrite')).toEqual([]);
  });

  it('have harmless names on one line each', async () => {
    const night = new Night();
    const id = await night.member(ANN);
    night.user(id).traits = { email: '=cmd|"x",\n\u2028' };
    const { names } = await night.listed([BEN]);
    expect(names).toEqual([{ identityId: id, email: `'=cmd|"x",  ` }]);
  });
});

describe('a row that two users could have', () => {
  it('is that of the one with its id, and settles nobody else', async () => {
    const night = new Night();
    const byAddress = await night.member('ann@example.com,Ann,');
    const byId = await night.member('was@example.com,Ann,1');
    const { existing, settled, leavers } = await night.listed(['ann@example.com,Ann,1']);
    expect(existing).toEqual({ 2: byId });
    expect(settled).toEqual([]);
    // Who has the address of a row is in the file, whoever the row is about.
    expect(leavers).not.toContain(byAddress);
  });
});

describe('users of no source', () => {
  it('can be taken in where they are those of rows that change them', async () => {
    const night = new Night(`${HEADER},action`);
    const ids = ['ann', 'ben', 'cleo', 'dee'].map((name) => night.admin(`${name}@example.com`));
    await night.member('eve@example.com,Eve,5,');
    night.admin('root@example.com');
    const robot = night.admin('robot@example.com');
    night.user(robot).schemaId = 'robots';
    const file = [
      `${ANN},`,
      `${BEN},update`,
      `${CLEO},skip`,
      'dee@example.com,Dee,4,remove',
      'eve@example.com,Eve,5,',
      'robot@example.com,,6,',
    ];
    const { found, adoptable } = await night.listed(file, { adopt: true });
    expect(found).toMatchObject({ adoptable: 2, scope: 1 });
    const named = [
      { line: 2, identityId: ids[0], email: 'ann@example.com' },
      { line: 3, identityId: ids[1], email: 'ben@example.com' },
    ];
    expect(adoptable.toSorted((a, b) => a.line - b.line)).toEqual(named);
    const counted = await night.listed(file);
    expect(counted.found.adoptable).toBe(2);
    expect(counted.adoptable).toEqual([]);
  });

  it('are not taken in for a row that is another one’s', async () => {
    const night = new Night();
    night.admin('ann@example.com');
    await night.member('was@example.com,Ann,1');
    const { found, adoptable } = await night.listed([ANN], { adopt: true });
    expect(found.adoptable).toBe(0);
    expect(adoptable).toEqual([]);
  });
});

describe('rows that say what to do', () => {
  it('are never settled but for updates, and those that tell users of the source to leave are counted', async () => {
    const night = new Night(`${HEADER},action`);
    const rows = [ANN, BEN, CLEO, 'dee@example.com,Dee,4', 'eve@example.com,Eve,5'];
    for (const row of rows) await night.member(`${row},`);
    night.admin('root@example.com');
    await night.member('fay@example.com,Fay,6,', { state: 'inactive' });
    const actions = ['', 'update', 'skip', 'deactivate', 'DELETE'];
    const file = [
      ...rows.map((row, i) => `${row},${actions[i]}`),
      'root@example.com,,,deactivate',
      'fay@example.com,Fay,6,delete',
      'nobody@example.com,,,delete',
    ];
    const { found, settled } = await night.listed(file);
    expect(settled).toEqual([2, 3]);
    // One of them cannot sign in, but nothing would bring them back.
    expect(found.told).toBe(3);
  });
});

describe('the users of a source', () => {
  it('are not listed where nothing is to be imported', async () => {
    const night = new Night();
    await night.member(BEN);
    const file = await night.listed([ANN], { dryRun: 'file' });
    expect(file.found).toBeUndefined();
    expect(file.run.plan.source).toMatchObject({ name: 'hr', leavers: 0, skipped: [] });
    const stopped = await night.listed(['none'], { onInvalid: 'stop' });
    expect(stopped.found).toBeUndefined();
    expect(night.kratos.pages).toBe(0);
  });

  it('are compared in a live dry run, too', async () => {
    const night = new Night();
    const ben = await night.member(BEN);
    const { leavers, found } = await night.listed([ANN], { dryRun: 'live' });
    expect(leavers).toEqual([ben]);
    expect(found.scope).toBe(1);
  });

  it('are not asked for where the import is of none', async () => {
    const night = new Night();
    await night.member(BEN);
    const { run } = await night.listed([ANN], { missing: {} });
    expect(run.findings.source).toBeUndefined();
    expect(run.plan.source).toBeUndefined();
    expect(night.kratos.pages).toBe(0);
  });
});

describe('a row whose key cannot be read', () => {
  const WITH_IDS = 'email,role,old_id\nann@example.com,user,1\nben example.com,user,2\n';
  const invalid = { onInvalid: 'import-valid' };

  it('may be a leaver’s who has no id yet, whatever ids it has itself', async () => {
    const kratos = new KratosInMemory();
    await night(kratos, 1, 'email,role\nann@example.com,user\nben@example.com,user\n');
    const { plan } = await planNight(kratos, 2, WITH_IDS, invalid);
    expect(plan.findings.source).toMatchObject({ leavers: 1, unreadable: 1 });
  });

  it('is nobody’s where all who leave have another id', async () => {
    const kratos = new KratosInMemory();
    await night(kratos, 1, 'email,role,old_id\nann@example.com,user,1\nben@example.com,user,3\n');
    const { plan } = await planNight(kratos, 2, WITH_IDS, invalid);
    expect(plan.findings.source).toMatchObject({ leavers: 1, unreadable: 0 });
  });
});
