import { describe, expect, it } from 'vitest';
import { toRow } from '../../../src/audit/audit-row.js';
import { endEvent, startEvent, userEvents } from '../../../src/audit/events.js';
import { isTableName, quoteTableName } from '../../../src/audit/table-name.js';
import { LEAVER_LINE, type RowOutcome } from '../../../src/contract/import/outcomes.js';
import { MARK_PATH } from '../../../src/identity/origin.js';
import { RUN } from '../../support/planned-run.js';

const PLAN = { actor: 'alice', file: 'users.csv' };
const SHA256 = 'ab'.repeat(32);
const AT = '2026-11-02T10:00:00.000Z';
const ID = '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11';
const ADMIN = '9b2d7c61-0d6e-4c8f-8a55-5f0d4d0f1a77';

const row = (outcome: RowOutcome['outcome'], more: Partial<RowOutcome> = {}): RowOutcome => ({
  line: 7,
  email: 'ann@example.com',
  outcome,
  identityId: ID,
  invitation: 'none',
  ...more,
});

const ROWS = { total: 3, created: 2, invalid: 1, updated: 0 } as Parameters<
  typeof endEvent
>[2]['rows'];

describe('an audit event', () => {
  it('of a created user is written as other programs read it', () => {
    expect(JSON.stringify(userEvents(RUN, PLAN, [row('created')], AT))).toBe(
      `[{"event":"user_imported","target":"${ID}","metadata":{"source":"csv_import","admin":"alice",` +
        `"workflow":"${RUN.workflowId}","run":"${RUN.runId}","line":7},"at":"${AT}"}]`,
    );
  });

  it('of an updated user has the roles before and after, and what else the changes mean', () => {
    const roles = [{ from: 'user', to: 'admin' }];
    const events = (effects: RowOutcome['effects']) =>
      userEvents(RUN, PLAN, [row('updated', { changes: [], effects })], AT);
    const metadata = (effects: RowOutcome['effects']) => events(effects)[0]!.metadata;
    expect(metadata({ roles, kinds: ['activated'] })).toMatchObject({
      roles,
      kinds: ['activated'],
    });
    expect(metadata({ roles: [], kinds: ['address'] })).not.toHaveProperty('roles');
    expect(metadata({ roles, kinds: [] })).not.toHaveProperty('kinds');
  });

  it('of an updated user names the fields that were changed, and no value', () => {
    const changes = [
      { path: '/traits/role', before: 'user', after: 'admin' },
      { path: '/state', after: 'inactive' },
    ];
    expect(userEvents(RUN, PLAN, [row('updated', { changes })], AT)).toMatchObject([
      { event: 'user_import_updated', metadata: { changed: ['/traits/role', '/state'] } },
    ]);
  });

  it('of a user of a source says what is worth knowing, and not that the mark has changed', () => {
    const changes = [{ path: '/state', after: 'active' }, { path: MARK_PATH }];
    const returned = row('updated', { changes, codes: ['returned'] });
    expect(userEvents(RUN, PLAN, [returned], AT)[0]!.metadata).toMatchObject({
      changed: ['/state'],
      notes: ['returned'],
    });
    expect(userEvents(RUN, PLAN, [row('updated')], AT)[0]!.metadata).not.toHaveProperty('notes');
  });

  it.each([
    ['deactivated', 'user_import_deactivated'],
    ['deleted', 'user_import_deleted'],
  ] as const)('of a user who is %s is %s, by a line that no file has', (outcome, name) => {
    const [event] = userEvents(RUN, PLAN, [row(outcome, { line: LEAVER_LINE + 3 })], AT);
    expect(event).toMatchObject({ event: name, target: ID });
    expect(event!.metadata).not.toHaveProperty('changed');
    expect(toRow(event!)).toMatchObject({
      identifier: `csv_import:${RUN.workflowId}/${RUN.runId}:1000000003:${name}`,
      identity_id: ID,
    });
  });

  it('of a run has the workflow as its target, and says how it ended', () => {
    const origin = {
      source: 'csv_import',
      admin: 'alice',
      workflow: RUN.workflowId,
      run: RUN.runId,
    };
    expect([
      startEvent(RUN, PLAN, SHA256, AT),
      endEvent(RUN, PLAN, { ending: 'cancelled', rows: ROWS }, AT),
    ]).toEqual([
      {
        event: 'user_import_started',
        target: RUN.workflowId,
        metadata: { ...origin, file: 'users.csv', sha256: SHA256 },
        at: AT,
      },
      {
        event: 'user_import_finished',
        target: RUN.workflowId,
        metadata: { ...origin, ending: 'cancelled', rows: { total: 3, created: 2, invalid: 1 } },
        at: AT,
      },
    ]);
  });
});

describe('the row of an event', () => {
  it('is named by run, line and event', () => {
    const [created] = userEvents(RUN, PLAN, [row('created')], AT).map(toRow);
    expect(created).toMatchObject({
      event_type: 'user_imported',
      identifier: `csv_import:${RUN.workflowId}/${RUN.runId}:7:user_imported`,
      identity_id: ID,
      created_at: AT,
    });
  });

  it('of a run has no identity, and another name for each ending', () => {
    const [start, done, cancelled] = [
      startEvent(RUN, PLAN, SHA256, AT),
      endEvent(RUN, PLAN, { ending: 'done', rows: ROWS }, AT),
      endEvent(RUN, PLAN, { ending: 'cancelled', rows: ROWS }, AT),
    ].map(toRow);
    expect(start).toMatchObject({
      identifier: `csv_import:${RUN.workflowId}/${RUN.runId}:user_import_started`,
      identity_id: null,
    });
    expect(done!.identifier).not.toBe(cancelled!.identifier);
  });

  it.each([
    [ADMIN, ADMIN],
    [ADMIN.toUpperCase(), ADMIN.toUpperCase()],
    ['alice', null],
    [`${ADMIN}0`, null],
  ])('of the actor %s has %s as admin', (actor, admin) => {
    expect(toRow(startEvent(RUN, { ...PLAN, actor }, SHA256, AT)).admin_identity_id).toBe(admin);
  });
});

describe('the name of the table', () => {
  it.each(['audit_log', 'Audit$2', 'auth.audit_log', '_'])('may be %s', (name) => {
    expect(isTableName(name)).toBe(true);
  });

  it.each(['', 'a-b', '1st', 'a.b.c', 'a.', '.a', 'a b', 'a"b', "a';--", 'a\n'])(
    'may not be %j',
    (name) => {
      expect(isTableName(name)).toBe(false);
    },
  );

  it('is quoted part by part', () => {
    expect(quoteTableName('Auth.audit_log')).toBe('"Auth"."audit_log"');
  });
});
