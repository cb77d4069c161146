/** The checks of the soak see each lie: else a soak that finds nothing would say nothing. */
import { describe, expect, test } from 'vitest';
import type { MailServer } from '../../support/mail-server.js';
import { soakPlan, type SoakPerson } from '../../support/soak-plan.js';
import {
  Ledger,
  Mails,
  wrongAudit,
  type Line,
  type SoakRun,
  type StoredUser,
} from '../../support/soak-truth.js';

const RUN: SoakRun = {
  workflowId: 'w',
  runId: 'r',
  folder: '',
  from: 0,
  until: 1_000_000,
  isCancelled: false,
  canaryRows: 0,
  needsApproval: true,
  isHeld: false,
  approvals: [100],
  releases: [],
  pauses: [{ from: 500_000, until: 600_000 }],
  rates: [{ at: 0, perMinute: 1 }],
};

const personOf = (line: number, kind: SoakPerson['kind']): SoakPerson => ({
  line,
  email: `${line}@example.com`,
  firstName: 'New',
  role: 'user',
  password: '',
  hash: '',
  kind,
  before: {},
  isUnmailable: false,
});
const PEOPLE = [personOf(2, 'new'), personOf(3, 'new'), personOf(4, 'existing')];

const userOf = (line: number, keys: Partial<StoredUser> = {}): StoredUser => ({
  id: `id-${line}`,
  traits: { email: `${line}@example.com`, first_name: 'New', role: 'user' },
  state: 'active',
  metadata_public: null,
  metadata_admin: line < 4 ? { csv_import: { workflowId: 'w', runId: 'r', line } } : null,
  createdAt: line < 4 ? 200 : 0,
  digest: 'as it was',
  credentials: 'as they were',
  ...keys,
});
const lineOf = (line: number, keys: Partial<Line> = {}): Line => ({
  line: String(line),
  email: `${line}@example.com`,
  outcome: line < 4 ? 'created' : 'skipped',
  identity_id: line < 4 ? `id-${line}` : '',
  code: '',
  invitation: line < 4 ? 'sent' : 'none',
  ...keys,
});

function wrongOf(users: StoredUser[], results: Line[], run = RUN): string[] {
  const [old, now] = [[userOf(4)], users].map(
    (list) => new Map(list.map((each) => [each.id, each])),
  );
  return new Ledger(PEOPLE, old!).wrongIn(run, results, now!);
}

const TRUE_USERS = [userOf(2), userOf(3), userOf(4)];
const TRUE_LINES = [lineOf(2), lineOf(3), lineOf(4)];

describe('results', () => {
  test('that are true pass', () => expect(wrongOf(TRUE_USERS, TRUE_LINES)).toEqual([]));

  test.each<[string, StoredUser[], Line[], Partial<SoakRun>?]>([
    ['a created user who is not there', [userOf(2), userOf(4)], TRUE_LINES],
    [
      'a user whom no result names',
      TRUE_USERS,
      [lineOf(2), lineOf(3, { outcome: 'skipped' }), lineOf(4)],
    ],
    ['a user who is there twice', [...TRUE_USERS, userOf(2, { id: 'another' })], TRUE_LINES],
    ['a user without an origin', [...TRUE_USERS, userOf(9)], TRUE_LINES],
    [
      'another line in the origin',
      [userOf(2, { metadata_admin: userOf(3).metadata_admin }), userOf(3), userOf(4)],
      TRUE_LINES,
    ],
    [
      'an existing user who was changed',
      [userOf(2), userOf(3), userOf(4, { digest: 'other' })],
      TRUE_LINES,
    ],
    [
      'an existing user with other credentials',
      [userOf(2), userOf(3), userOf(4, { credentials: 'other' })],
      TRUE_LINES,
    ],
    ['an existing user who is gone', [userOf(2), userOf(3)], TRUE_LINES],
    [
      'an update that did not happen',
      TRUE_USERS,
      [lineOf(2), lineOf(3), lineOf(4, { outcome: 'updated' })],
    ],
    [
      'a failed row',
      [userOf(2), userOf(4)],
      [lineOf(2), lineOf(3, { outcome: 'failed', identity_id: '' }), lineOf(4)],
    ],
    [
      'an undecided row of a run that was not cancelled',
      TRUE_USERS,
      [lineOf(2), lineOf(3, { outcome: 'undecided' }), lineOf(4)],
    ],
    ['another id', TRUE_USERS, [lineOf(2, { identity_id: 'id-3' }), lineOf(3), lineOf(4)]],
    ['users who were created before the approval', TRUE_USERS, TRUE_LINES, { approvals: [] }],
    ['users beyond the canary rows', TRUE_USERS, TRUE_LINES, { canaryRows: 1 }],
  ])('%s is found', (_, users, lines, run) =>
    expect(wrongOf(users, lines, { ...RUN, ...run })).not.toEqual([]),
  );

  test('that report a user as created in two runs are found', () => {
    const ledger = new Ledger(PEOPLE, new Map([['id-4', userOf(4)]]));
    const now = new Map(TRUE_USERS.map((each) => [each.id, each]));
    expect(ledger.wrongIn(RUN, TRUE_LINES, now)).toEqual([]);
    expect(ledger.wrongIn(RUN, TRUE_LINES, now).join()).toContain('created before');
  });
});

test('an audit that lacks an event, or has one twice or too many, is found', () => {
  const eventOf = (line: number) => ({ event: 'user_imported', target: `id-${line}`, line });
  const ofRun = ['user_import_started', 'user_import_finished'].map((event) => ({
    ...{ event, target: 'w', line: undefined },
  }));
  const wrong = (...events: Parameters<typeof wrongAudit>[1]) =>
    wrongAudit('audit', events, TRUE_LINES);
  expect(wrong(...ofRun, eventOf(2), eventOf(3))).toEqual([]);
  expect(wrong(...ofRun, eventOf(2))).toHaveLength(1);
  expect(wrong(...ofRun, eventOf(2), eventOf(3), eventOf(3))).toHaveLength(1);
  expect(wrong(...ofRun, eventOf(2), eventOf(3), eventOf(4))).toHaveLength(1);
  expect(wrong(eventOf(2), eventOf(3))).toHaveLength(1);
});

describe('mails', () => {
  const mailOf = (line: number, at: number, keys = {}) => ({
    at,
    to: `${line}@example.com`,
    raw: `Message-ID: <${line}>\r\n\r\nlink ${at}`,
    secure: false,
    ...keys,
  });
  const mailsOf = (mails: object[], unanswered: object[] = []) =>
    new Mails({ mails, unanswered } as unknown as MailServer);
  const wrong = (mails: object[], lines = TRUE_LINES) => mailsOf(mails).wrongIn(RUN, lines, PEOPLE);
  const [first, second] = [mailOf(2, 1000), mailOf(3, 200_000)];

  test('that are true pass', () => {
    const mails = mailsOf([first, second]);
    expect(wrong([first, second])).toEqual([]);
    expect(mails.unexplained(PEOPLE, [RUN], [])).toEqual([]);
    expect(mails.tooFast(RUN, PEOPLE)).toEqual([]);
    expect(mails.unasked(RUN, PEOPLE, [])).toEqual([]);
  });

  test.each<[string, object[], Line[]?]>([
    ['reported and not sent', [first]],
    ['to a user who is not due', [first, second, mailOf(4, 3000)]],
    [
      'with another Message-ID',
      [first, second, mailOf(2, 90_000, { raw: 'Message-ID: <9>\r\n\r\nx' })],
    ],
    ['with the same link', [first, second, { ...first, at: 90_000 }]],
    ['not reported', [first], [lineOf(2), lineOf(3, { invitation: 'none' }), lineOf(4)]],
    ['left due', [first], [lineOf(2), lineOf(3, { invitation: 'due' }), lineOf(4)]],
    ['said to be refused', [first], [lineOf(2), lineOf(3, { invitation: 'failed' }), lineOf(4)]],
  ])('%s are found', (_, mails, lines) => expect(wrong(mails, lines)).not.toEqual([]));

  test('that come again are found, unless a worker died or the answer was lost', () => {
    const again = mailOf(2, 90_000);
    const mails = mailsOf([first, again]);
    expect(mails.unexplained(PEOPLE, [RUN], [])).toHaveLength(1);
    expect(mails.unexplained(PEOPLE, [RUN], [{ what: 'killed', at: 50_000 }])).toHaveLength(1);
    expect(mails.unexplained(PEOPLE, [RUN], [{ what: 'killed', at: 1500 }])).toEqual([]);
    const lost = mailsOf([again], [{ ...first, kept: true }]);
    expect(lost.unexplained(PEOPLE, [RUN], [])).toEqual([]);
  });

  test('that are too fast, held or paused are found', () => {
    expect(mailsOf([first, mailOf(3, 2000)]).tooFast(RUN, PEOPLE)).toHaveLength(1);
    const held = { ...RUN, isHeld: true, releases: [1500] };
    expect(mailsOf([first, second]).unasked(held, PEOPLE, [])).toHaveLength(1);
    expect(mailsOf([first, mailOf(3, 550_000)]).unasked(RUN, PEOPLE, [])).toHaveLength(1);
  });
});

test('a seed gives the same plan each time, and another one another plan', () => {
  expect(soakPlan(7)).toEqual(soakPlan(7));
  expect(soakPlan(8)).not.toEqual({ ...soakPlan(7), seed: 8 });
});
