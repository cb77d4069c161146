import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  addNotices,
  takeReport,
  type InvitationState,
} from '../../../../workflows/send-invitations/state.js';
import { nothingTold, whatToTell, type Told } from '../../../../src/notify/rules.js';
import { importStateSchema } from '../../../../workflows/import-users/carried.js';
import { newState as newSendingState } from '../../../../workflows/send-invitations/state.js';
import { sendingStateSchema } from '../../../../workflows/send-invitations/carried.js';
import { carry, parseCarried } from '../../../../workflows/shared/continue-as-new.js';
import { undoStateSchema } from '../../../../workflows/undo-import/carried.js';
import { applyInvitationStatus, applyStall } from '../../../../workflows/import-users/commands.js';
import {
  recordPortion,
  recordMails,
  recordSignIns,
} from '../../../../workflows/import-users/state.js';
import {
  chunkOf,
  findingsOf,
  portionOf,
  NOW,
  REF,
  runOf,
  SHA256,
  sourceOf,
} from '../import-users/runs.js';
import { runOf as undoRunOf } from '../undo-import/runs.js';

const RUN = { workflowId: 'import-1', runId: '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11' };

/** An import that has been through much of what can happen to one. */
function importState(): object {
  const findings = findingsOf({
    codes: { invalid_email: { count: 2, lines: [3, 9] } },
    tenants: { distinct: 2, rows: { acme: 3, '(none)': 1 } },
    warnings: [{ code: 'unknown_column', message: 'The column "x" is ignored.' }],
    source: sourceOf({ leavers: 3, open: [{ chunk: 2, chunks: 3 }] }),
  });
  const role = { path: 'traits.role', from: 'user', to: 'admin' };
  const sample = [{ line: 3, identityId: RUN.runId, fields: [role, { path: 'state' }], more: 2 }];
  const expected = { known: 250, updated: 9, leftAlone: 1, firstRows: 200, sample };
  const run = runOf({
    findings: { ...findings, expected },
    undecidedChunks: [4],
    pendingApproval: 'canary',
  });
  run.inFlight.add(portionOf(1));
  recordPortion(run, portionOf(1, 2), { ...chunkOf(40, 9), sample }, NOW);
  applyStall(run, { runId: REF.runId, kind: 'overloaded', text: 'Kratos answered 429.' }, NOW);
  applyStall(run, { runId: REF.runId, kind: 'unauthorized', text: 'Kratos answered 401.' }, NOW);
  recordMails(run.state, { sent: 1, failed: 0, none: 0, kept: 0 }, NOW);
  run.state.invitations = carry(sendingState());
  run.state.told = toldState();
  run.state.areMailsWaiting = true;
  const last = { run: RUN, rows: 900, open: 2, startedAt: new Date(NOW).toISOString() };
  run.state.taken = { file: 'hr-1.csv', sha256: SHA256, unchanged: RUN, last };
  run.state.leaving = true;
  run.state.knownUsers = { total: 3, wrong: [3], others: [], leftOpen: [] };
  return run.state;
}

function sendingState(): object {
  const control = { paused: false, held: false, perMinute: 60, resumes: 1 };
  const settings = { method: 'link' as const, expiresIn: '1h', window: undefined };
  const input = { run: RUN, settings, due: 3, control };
  const state = newSendingState(input, NOW);
  state.queue.page = { chunk: 1, lines: [3, 4] };
  state.queue.later.push({ chunk: 1, line: 2, tries: 1, unsure: 0, at: NOW });
  state.queue.away = { tries: 1, until: NOW, awaitsToken: false, isTold: true };
  state.handedBack.push({ chunk: 2, lines: [9] });
  state.queue.notBegun = { since: NOW, isTold: true };
  state.opening = { opensAt: NOW, closesAt: NOW + 1 };
  const run = {
    input,
    state,
    inFlight: 0,
    stepsInFlight: 0,
    manyStartedAt: [],
    hasChanged: false,
    isControlOld: false,
  };
  takeReport({ ...run, handsOver: false }, NOW);
  return state;
}

const undoState = (): object => undoRunOf({ told: toldState() }).state;

function toldState(): Told {
  const occasions = [{ what: 'paused', reason: 'operator' }] as const;
  const before = nothingTold({ webhook: true, mails: 2 });
  return whatToTell(before, { occasions, isStalled: true }, NOW).told;
}

const STATES: [name: string, state: () => object, schema: () => z.ZodType][] = [
  ['an import', importState, importStateSchema],
  ['its invitations', sendingState, sendingStateSchema],
  ['an undo', undoState, undoStateSchema],
];

const overJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(STATES)('the state of %s', (_name, stateOf, schema) => {
  it('comes back as it was handed over', () => {
    expect(parseCarried(overJson(carry(stateOf())), schema())).toEqual(overJson(stateOf()));
  });

  it.each([
    ['none', undefined],
    ['null', null],
    ['a text', 'state'],
    ['a state without a format', stateOf()],
    ['another format', { ...carry(stateOf()), format: 2 }],
    ['a state that is none', carry([])],
    ['half a state', carry({})],
  ])('is not believed: %s', (_what, carried) => {
    expect(() => parseCarried(carried, schema())).toThrow(/handed over/);
  });

  it('is not believed where any part of it is missing or of another type', () => {
    const state = overJson(stateOf()) as Record<string, unknown>;
    for (const key of Object.keys(state)) {
      for (const wrong of [null, 'x'.repeat(5000), -1, Number.NaN, { a: [] }, [null]]) {
        const forged = overJson({ ...state, [key]: wrong });
        expect(() => parseCarried(carry(forged as object), schema()), key).toThrow(/handed over/);
      }
    }
  });
});

describe('a text of any length', () => {
  const long = 'x'.repeat(5_000);

  it('about the list of known users is carried', () => {
    const { state } = runOf();
    recordSignIns(state, { problem: long });
    expect(() => parseCarried(overJson(carry(state)), importStateSchema())).not.toThrow();
  });

  it('in a notice of the invitations that no report has had yet is carried', () => {
    const state = sendingState() as InvitationState;
    addNotices(state, [long]);
    expect(() => parseCarried(overJson(carry(state)), sendingStateSchema())).not.toThrow();
  });
});

describe('what the import carries of its invitations', () => {
  it('is checked with it', () => {
    const state = { ...importState(), invitations: carry({ control: { held: false } }) };
    expect(() => parseCarried(overJson(carry(state)), importStateSchema())).toThrow(/invitations/);
  });

  it('does not grow by statuses', () => {
    const run = runOf({ phase: 'inviting' });
    const counts = { sent: 1, failed: 0, none: 0, kept: 0 };
    const status = { counts, stopped: false, awaitsToken: false, resumes: 0, runId: REF.runId };
    for (let i = 0; i < 500; i++) {
      applyInvitationStatus(run, { ...status, notices: [`${i}`.repeat(900)] }, NOW + i);
    }
    expect(JSON.stringify(run.state).length).toBeLessThan(300_000);
  });
});
