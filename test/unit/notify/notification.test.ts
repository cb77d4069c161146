import { describe, expect, it } from 'vitest';
import {
  isNotification,
  OCCASIONS,
  type OccasionName,
} from '../../../src/contract/notification.js';
import { toCloudEvent } from '../../../src/notify/cloud-event.js';
import { describe as describeInWords } from '../../../src/notify/describe.js';
import { toMail } from '../../../src/notify/notification-mail.js';
import { notificationOf, NOTIFIED_RUN as RUN } from '../../support/notifications.js';

const PLACE = {
  namespace: 'auth/eu',
  taskQueue: 'user-import',
  url: 'https://temporal.example.com/namespaces/auth%2Feu/workflows/import-2026.11/run',
};

const ALL = (Object.keys(OCCASIONS) as OccasionName[]).flatMap((what) =>
  OCCASIONS[what].map((reason) => [what, reason] as const),
);

describe('an event', () => {
  it('says what waits, of which run, in numbers, and what to type', () => {
    expect(toCloudEvent(RUN, notificationOf(), PLACE)).toEqual({
      specversion: '1.0',
      id: '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11-2-20261127182500123',
      source: '/namespaces/auth%2Feu/task-queues/user-import',
      type: 'io.github.kratos-user-import.import.awaiting-approval',
      subject: 'import-2026.11',
      time: '2026-11-27T18:25:00.123Z',
      datacontenttype: 'application/json',
      data: {
        workflowId: 'import-2026.11',
        runId: RUN.runId,
        phase: 'awaiting-approval',
        reason: 'canary',
        summary: 'import-2026.11 waits for approval of its first rows',
        text: 'The canary rows are done. Look at what came of them, then approve to go on with the others.',
        rows: { total: 20_000, done: 20, created: 19, failed: 1, skipped: 0 },
        commands: [
          'user-import status import-2026.11',
          'user-import approve import-2026.11',
          'user-import cancel import-2026.11',
        ],
        url: PLACE.url,
      },
    });
  });

  it('has the same id at each try, and another one for another notification of the run', () => {
    const idOf = (keys: Parameters<typeof notificationOf>[0]) =>
      toCloudEvent(RUN, notificationOf(keys), PLACE).id;
    expect(idOf({})).toBe(idOf({}));
    // After a reset the same number may be of something else, later.
    const others = [{ number: 3 }, { at: '2026-11-27T18:25:00.124Z' }];
    expect(new Set([idOf({}), ...others.map(idOf)]).size).toBe(3);
    expect(idOf({})).not.toContain('.');
  });
});

describe('a notification in words', () => {
  it.each(ALL)('has a sentence and a command for %s, %s', (what, reason) => {
    const { title, text, commands } = describeInWords(notificationOf({ what, reason }), RUN);
    expect(title).toMatch(/^(waits|was|has|is|holds) /);
    expect(text).toMatch(/^[A-Z].*\.$/);
    expect(text).not.toContain('Reason:');
    expect(commands[0]).toMatch(/^user-import [a-z-]+ import-2026\.11$/);
  });

  it('of an undo speaks of the undo', () => {
    for (const reason of ['done', 'failed', 'cancelled']) {
      const { text } = describeInWords(notificationOf({ of: 'undo', what: 'ended', reason }), RUN);
      expect(text).toContain('The undo');
    }
    const plan = notificationOf({ of: 'undo', what: 'awaiting-approval', reason: 'plan' });
    expect(describeInWords(plan, RUN).text).toContain('deleted or restored');
  });
});

describe('a mail to an operator', () => {
  const to = { to: 'ops@example.com', number: 1, domain: 'example.org' };

  it('is short and plain, and says the same', () => {
    const invitations = { due: 12, sent: 3, failed: 1 };
    const telling = { run: RUN, notification: notificationOf({ invitations }), place: PLACE };
    expect(toMail(telling, to)).toEqual({
      to: 'ops@example.com',
      messageId: '<3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11-2-20261127182500123.1@example.org>',
      subject: '[user import] import-2026.11 waits for approval of its first rows',
      text: [
        'The canary rows are done. Look at what came of them, then approve to go on with the others.',
        '',
        '20 of 20,000 rows done; created 19, failed 1.',
        'Invitations: 3 of 12 sent, 1 failed.',
        '',
        '  user-import status import-2026.11',
        '  user-import approve import-2026.11',
        '  user-import cancel import-2026.11',
        '',
        PLACE.url,
        '',
        '2026-11-27 18:25:00 UTC, namespace auth/eu, event 3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11-2-20261127182500123',
        '',
      ].join('\n'),
    });
  });

  it('to each address has a Message-ID of its own', () => {
    const telling = { run: RUN, notification: notificationOf(), place: PLACE };
    const ids = [1, 2].map((number) => toMail(telling, { ...to, number }).messageId);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what an activity is asked to tell', () => {
  it.each(ALL)('may be %s, %s', (what, reason) => {
    expect(isNotification(notificationOf({ what, reason }))).toBe(true);
  });

  it.each([
    ['a text of somebody’s own', { text: 'Click here' }],
    ['another reason', { reason: 'Click here' }],
    ['the reason of something else', { reason: 'operator' }],
    ['another occasion', { what: 'won' }],
    ['one of every object', { what: 'constructor' }],
    ['another phase', { phase: 'Click here' }],
    ['counts that are none', { rows: { created: 'many' } }],
    ['counts with another name', { rows: { 'Click here': 1 } }],
    ['a time that is none', { at: 'now' }],
    ['a number that is none', { number: -1 }],
    ['mails with more', { invitations: { due: 1, sent: 1, failed: 0, to: 'x' } }],
  ])('is never %s', (_what, keys) => {
    expect(isNotification({ ...notificationOf(), ...keys })).toBe(false);
  });
});
