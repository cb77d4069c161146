/** The undo of a night: whom it brings back to what they were, and what its source knows of them then. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Change, RowOutcome } from '../../../src/contract/import/outcomes.js';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { MARK_PATH, markOf, type SourceMark } from '../../../src/identity/origin.js';
import { turnsOfRequests } from '../../../src/flow-control/turns.js';
import { RetryAfterGate } from '../../../src/kratos/retry-after-gate.js';
import { saveReport } from '../../../src/report/save-report.js';
import { lastChunk } from '../../../src/store/open-run.js';
import { writeOutcomes } from '../../../src/store/outcomes.js';
import { readReport } from '../../../src/store/report-file.js';
import { decideUpdated } from '../../../src/undo/decision.js';
import { LaterUpdates } from '../../../src/undo/later-updates.js';
import { prepareUndo } from '../../../src/undo/prepare-undo.js';
import { previewChunk } from '../../../src/undo/preview-chunk.js';
import { undoChunk } from '../../../src/undo/undo-chunk.js';
import { writeUndo } from '../../../src/undo/write-undo.js';
import { NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { identityWith, idNumber, memberOf } from '../../support/members.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';
import { reportOf } from '../../support/reports.js';
import { HR, importNight, night as play, planNight } from '../../support/source-runs.js';
import { textOf } from '../../support/stored.js';

const [UPDATED, ADOPTED, RETURNED] = [idNumber(1), idNumber(2), idNumber(3)] as const;
const [LEFT, DELETED] = [idNumber(4), idNumber(5)] as const;
const AT = '2026-11-02T03:00:00.000Z';
const ADOPTION = { ...RUN, actor: 'alice', at: AT };

const markIn = ({ metadataAdmin }: NewIdentity): SourceMark =>
  (metadataAdmin['csv_import'] as { source: SourceMark }).source;

function withMark(identity: NewIdentity, keys: Partial<SourceMark>, state = identity.state) {
  const source = { ...markIn(identity), ...keys };
  return { ...identity, state, metadataAdmin: { csv_import: { source } } };
}

/** Before the night. Who has returned had left some nights ago. */
function before() {
  return {
    [UPDATED]: memberOf('hr', 'una@example.com', 'Una'),
    [ADOPTED]: identityWith({ email: 'ada@example.com', first_name: 'Ada' }),
    [RETURNED]: withMark(
      memberOf('hr', 'rae@example.com', 'Rae'),
      { deactivated: { ...RUN, at: AT } },
      'inactive',
    ),
    [LEFT]: memberOf('hr', 'lee@example.com', 'Lee'),
  };
}

const row = (line: number, id: string, keys: Partial<RowOutcome>): RowOutcome => ({
  ...{ line, email: 'x@example.com', identityId: id, outcome: 'updated', invitation: 'none' },
  ...keys,
});

const FILE = `email,first_name
una@example.com,Uma
ada@example.com,Ada
rae@example.com,Rae
`;

/** A night after its end, in Kratos and in the store. */
class Night {
  readonly kratos = new KratosInMemory();
  readonly before = before();
  readonly store = new MemoryStore();
  run!: PlannedRun;

  async play(): Promise<this> {
    const { kratos, store, before: was } = this;
    const identities = { ...was, [DELETED]: memberOf('hr', 'del@example.com', 'Del') };
    for (const [id, identity] of Object.entries(identities)) kratos.identities.set(id, identity);
    this.run = await PlannedRun.of(FILE, { kratos, store, input: { ...HR, adopt: true } });
    const chunks = [await this.run.chunk(1), await this.run.chunk(2)] as const;
    expect(lastChunk(this.run.plan)).toBe(2);

    const said = memberOf('hr', 'una@example.com', 'Uma');
    this.set(UPDATED, said);
    const adopted = withMark(memberOf('hr', 'ada@example.com', 'Ada'), { adopted: ADOPTION });
    this.set(ADOPTED, adopted);
    const { deactivated: _, ...returned } = markIn(was[RETURNED]!);
    const back = memberOf('hr', 'rae@example.com', 'Rae');
    this.set(RETURNED, { ...back, metadataAdmin: { csv_import: { source: returned } } });
    await writeOutcomes(chunks[0], [
      row(2, UPDATED, {
        changes: [
          { path: '/traits/first_name', before: 'Una', after: 'Uma' },
          { path: MARK_PATH, before: markIn(was[UPDATED]!), after: markIn(said) },
        ],
      }),
      row(3, ADOPTED, {
        codes: ['adopted'],
        changes: [
          { path: MARK_PATH, after: markIn(adopted), made: { path: '/metadata_admin/csv_import' } },
        ],
      }),
      row(4, RETURNED, {
        codes: ['returned'],
        changes: [
          { path: '/state', before: 'inactive', after: 'active' },
          { path: MARK_PATH, before: markIn(was[RETURNED]!), after: returned },
        ],
      }),
    ]);

    const gone = withMark(was[LEFT]!, { deactivated: { ...RUN, at: AT } }, 'inactive');
    this.set(LEFT, gone);
    kratos.identities.delete(DELETED);
    await writeOutcomes(chunks[1], [
      row(1_000_000_000, LEFT, {
        outcome: 'deactivated',
        changes: [
          { path: '/state', before: 'active', after: 'inactive' },
          { path: MARK_PATH, before: markIn(was[LEFT]!), after: markIn(gone) },
        ],
      }),
      row(1_000_000_001, DELETED, { outcome: 'deleted' }),
    ]);
    await saveReport(this.run.folder, reportOf(), undefined);
    return this;
  }

  set(id: string, identity: NewIdentity): void {
    this.kratos.identities.set(id, identity);
  }

  private task(force = false) {
    return { undo: { workflowId: 'undo-1', runId: randomUUID() }, actor: 'bob', force };
  }

  private get deps() {
    const { kratos } = this;
    const turns = turnsOfRequests();
    return { kratos, retryAfter: new RetryAfterGate(), turns, now: () => NOW };
  }

  async preview() {
    const later = await LaterUpdates.read([]);
    const task = this.task();
    return Promise.all(
      [1, 2].map(async (chunk) =>
        previewChunk(this.deps, { ...(await this.run.chunk(chunk)), ...task }, later, ATTEMPT),
      ),
    );
  }

  async undo(force = false): Promise<void> {
    const { run } = this;
    const task = this.task(force);
    for (const chunk of [1, 2]) {
      await undoChunk(this.deps, { ...(await run.chunk(chunk)), ...task }, ATTEMPT);
    }
    await writeUndo({ run: run.run, folder: run.folder, plan: run.plan, ...task }, () => NOW);
  }

  get now() {
    return Object.fromEntries(this.kratos.identities);
  }
}

const ATTEMPT = {
  signal: new AbortController().signal,
  reportStall: () => undefined,
  isGivenUp: () => false,
};

let night: Night;
beforeEach(async () => {
  night = await new Night().play();
});

describe('the undo of a night', () => {
  it('puts back who was updated, taken in, let in again, or made to leave, and their marks', async () => {
    await night.undo();
    // Blocked by the source just now, not by somebody else since: the next night lets them in again.
    const blocked = withMark(night.before[RETURNED]!, {
      deactivated: { ...RUN, at: NOW.toISOString() },
    });
    expect(night.now).toEqual({ ...night.before, [RETURNED]: blocked });
    const [user] = await night.kratos.getListed([RETURNED]);
    const returned = markIn(night.before[RETURNED]!);
    const changes: Change[] = [
      { path: '/state', before: 'inactive', after: 'active' },
      { path: MARK_PATH, before: returned, after: { ...returned, deactivated: undefined } },
    ];
    // An attempt that comes after its own effect has nothing more to do.
    expect(decideUpdated({ changes }, { user: user!, hasSessions: false }, false, true)).toEqual({
      ...{ do: 'restore', patch: [], password: undefined },
    });
  });

  it('takes a mark whose time an undo has set for the one that its run left', async () => {
    const left = withMark(night.now[LEFT]!, { deactivated: { ...RUN, at: NOW.toISOString() } });
    night.set(LEFT, left);
    await night.undo();
    expect(night.now[LEFT]).toEqual(night.before[LEFT]);
  });

  it('gives back whom it has taken in, also where a later night has looked at them', async () => {
    night.set(ADOPTED, withMark(night.now[ADOPTED]!, { said: 'of a later row' }));
    await night.undo();
    expect(night.now[ADOPTED]).toEqual(night.before[ADOPTED]);
  });

  it('leaves whom a later night has deactivated in the source, to which they may return', async () => {
    const gone = { deactivated: { ...RUN, at: AT } };
    night.set(ADOPTED, withMark(night.now[ADOPTED]!, gone, 'inactive'));
    await night.undo();
    expect(markIn(night.now[ADOPTED]!)).toMatchObject({ name: 'hr', ...gone });
  });

  it('lets nobody in again whom somebody else has blocked since', async () => {
    night.kratos.stateChanges.set(LEFT, '2026-11-03T12:00:00Z');
    const left = night.now[LEFT];
    expect((await night.preview())[1]).toMatchObject({ restored: 0, kept: 2 });
    await night.undo();
    expect(night.now[LEFT]).toEqual(left);
    await night.undo(true);
    expect(night.now[LEFT]).toEqual(night.before[LEFT]);
  });

  it('says of a deleted user that nothing brings them back, without asking for them', async () => {
    const asked: string[] = [];
    const { kratos } = night;
    const getListed = kratos.getListed.bind(kratos);
    kratos.getListed = (ids) => {
      asked.push(...ids);
      return getListed(ids);
    };
    const [ofRows, ofLeavers] = await night.preview();
    expect(ofRows).toMatchObject({ restored: 3, kept: 0 });
    expect(ofLeavers).toMatchObject({ restored: 1, kept: 1, already_deleted: 0 });
    // They are in no line.
    expect(ofLeavers!.reasons).toEqual({ deleted_since: { count: 1, lines: [] } });
    expect(asked.sort()).toEqual([UPDATED, ADOPTED, RETURNED, LEFT]);
  });

  it('counts all of them in the plan, and leavers without a line in the list', async () => {
    const { runs } = await prepareUndo(
      night.store,
      { workflowId: RUN.workflowId, runId: undefined, actor: 'bob', force: false },
      () => Promise.resolve(false),
      () => undefined,
    );
    expect(runs).toMatchObject([{ rows: 5, updated: 4, chunks: 2 }]);
    await night.undo();
    const { folder } = night.run;
    const list = (await textOf(folder, folder.undone)).trimEnd().split('\n').slice(1);
    expect(list).toEqual([
      `2,x@example.com,${UPDATED},restored,,none`,
      `3,x@example.com,${ADOPTED},restored,,none`,
      `4,x@example.com,${RETURNED},restored,,none`,
      `,x@example.com,${LEFT},restored,,none`,
      `,x@example.com,${DELETED},kept,deleted_since,none`,
    ]);
    expect((await readReport(folder))?.undone).toMatchObject({
      ...{ restored: 4, deleted: 0, not_reached: 0 },
      kept: { deleted_since: { count: 1, lines: [] } },
    });
  });

  it('keeps a user whom somebody has changed since, and their mark', async () => {
    const changed = {
      ...night.now[UPDATED]!,
      traits: { email: 'una@example.com', first_name: 'U' },
    };
    night.set(UPDATED, changed);
    await night.undo();
    expect(night.now[UPDATED]).toEqual(changed);
  });

  it('is none of a mark alone: what a later night has written there keeps nobody', async () => {
    const { name, salt, key } = markIn(night.now[UPDATED]!);
    const left = { '/traits/first_name': 'a', '/traits/email': 'b' };
    const later = { name, salt, key, said: 'of a later row', left };
    night.set(UPDATED, withMark(night.now[UPDATED]!, later));
    await night.undo();
    const { traits, metadataAdmin } = night.now[UPDATED]!;
    expect(traits).toEqual(night.before[UPDATED]!.traits);
    // The next night looks at the user, and takes what was put back for no change by hand.
    expect(metadataAdmin).toEqual({
      csv_import: { source: { ...later, said: '', left: { '/traits/email': 'b' } } },
    });
  });

  it('leaves a mark alone that is another source’s by now, or gone', async () => {
    const other = memberOf('payroll', 'una@example.com', 'Uma');
    night.set(UPDATED, other);
    const without = identityWith(night.now[LEFT]!.traits);
    night.set(LEFT, { ...without, state: 'inactive' });
    await night.undo();
    expect(night.now[UPDATED]!.metadataAdmin).toEqual(other.metadataAdmin);
    expect(night.now[UPDATED]!.traits).toEqual(night.before[UPDATED]!.traits);
    expect(night.now[LEFT]).toEqual({ ...without, state: 'active' });
  });
});

describe('a user whose undo may have been carried out already', () => {
  const user = (first_name: string, mark: SourceMark | undefined) => ({
    user: {
      ...{ id: UPDATED, schemaId: 'default', signIns: [], otherCredentials: [] },
      verifiedAddresses: [],
      fields: {
        ...{ state: 'active', traits: { email: 'una@example.com', first_name } },
        ...{ metadata_public: null, metadata_admin: mark ? { csv_import: { source: mark } } : {} },
      },
    },
    hasSessions: false,
  });
  const was = markIn(memberOf('hr', 'una@example.com', 'Una'));
  const is = markIn(memberOf('hr', 'una@example.com', 'Uma'));
  const name: Change = { path: '/traits/first_name', before: 'Una', after: 'Uma' };
  const mark: Change = { path: MARK_PATH, before: was, after: is };
  const patchOf = (changes: Change[], first: string, now: SourceMark | undefined) => {
    const decision = decideUpdated({ changes }, user(first, now), false, true);
    return decision.do === 'restore' ? decision.patch : decision;
  };

  it('needs nothing more where all is as before', () => {
    expect(patchOf([name, mark], 'Una', was)).toEqual([]);
  });

  it('gets the mark back where it is still that of the run', () => {
    expect(patchOf([mark], 'Uma', is)).toEqual([{ op: 'add', path: MARK_PATH, value: was }]);
  });
});

describe('nights as they are imported', () => {
  const csv = (...rows: string[]) => ['email,first_name', ...rows, ''].join('\n');

  async function undoOf(run: PlannedRun, kratos: KratosInMemory): Promise<void> {
    const deps = {
      kratos,
      retryAfter: new RetryAfterGate(),
      turns: turnsOfRequests(),
      now: () => kratos.now(),
    };
    const task = {
      undo: { workflowId: 'undo-1', runId: randomUUID() },
      actor: 'bob',
      force: false,
    };
    for (let chunk = lastChunk(run.plan); chunk > 0; chunk--) {
      await undoChunk(deps, { ...(await run.chunk(chunk)), ...task }, ATTEMPT);
    }
  }

  /** But for when they were deactivated: an undo may have done so once more. */
  const usersOf = ({ identities }: KratosInMemory) => {
    const users = Object.fromEntries(structuredClone([...identities]));
    for (const { metadataAdmin } of Object.values(users)) {
      const { deactivated } = markOf(metadataAdmin) ?? {};
      if (deactivated) deactivated.at = AT;
    }
    return users;
  };

  it('leave with their undo the users, and their marks, of the night before', async () => {
    const kratos = new KratosInMemory();
    const [ann, ben, cat, dan] = ['ann', 'ben', 'cat', 'dan'].map((name) => `${name}@example.com`);
    await play(kratos, 1, csv(`${ann},Ann`, `${ben},Ben`, `${cat},Cat`));
    await play(kratos, 2, csv(`${ann},Ann`, `${cat},Cat`));
    kratos.store(identityWith({ email: dan! }));
    const before = usersOf(kratos);

    // Ann has another name, Ben is back, Cat has left, Dan is taken in, Eve is new.
    const rows = csv(`${ann},Anna`, `${ben},Ben`, `${dan},`, 'eve@example.com,Eve');
    const third = await planNight(kratos, 3, rows, { adopt: true });
    const outcomes = await importNight(third, kratos);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      ...['updated', 'updated', 'updated', 'created', 'deactivated'],
    ]);
    expect(usersOf(kratos)).not.toEqual(before);
    kratos.now = () => new Date();
    await undoOf(third, kratos);
    expect(usersOf(kratos)).toEqual(before);

    // The same file once more does all of it once more.
    const fourth = await importNight(await planNight(kratos, 4, rows, { adopt: true }), kratos);
    expect(fourth.map(({ outcome }) => outcome)).toEqual(outcomes.map(({ outcome }) => outcome));
  });

  it.each(['keep', 'overwrite'])('take no undo for a change by hand (%s)', async (onDrift) => {
    const kratos = new KratosInMemory();
    const [first, second] = ['A', 'B'].map((name) => csv(`ann@example.com,${name}`));
    const third = 'email,first_name,state\nann@example.com,B,active\n';
    await play(kratos, 1, first!);
    const changing = await planNight(kratos, 2, second!);
    await importNight(changing, kratos);
    // The row says more the night after, and nothing differs: the mark alone is another one.
    expect(await play(kratos, 3, third)).toMatchObject([{ outcome: 'unchanged' }]);
    await undoOf(changing, kratos);
    expect(kratos.byEmail('ann@example.com')![1].traits['first_name']).toBe('A');
    const [row] = await play(kratos, 4, third, { onDrift });
    expect(row).toMatchObject({ outcome: 'updated' });
    expect(row).not.toHaveProperty('codes');
    expect(kratos.byEmail('ann@example.com')![1].traits['first_name']).toBe('B');
  });
});
