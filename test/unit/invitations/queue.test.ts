import { describe, expect, it } from 'vitest';
import type { InvitationResult } from '../../../src/contract/invitations.js';
import { RETRYABLE } from '../../../src/contract/failures.js';
import {
  availableAt,
  recordFailure,
  isEmpty,
  learnedBelow,
  newQueue,
  NO_ANSWER,
  NOT_STARTED,
  resumeQueue,
  recordResult as recordResultAt,
  take,
  turnPage,
  wantsPage,
  type Invitation,
  type Queue,
} from '../../../src/invitations/queue.js';
import { Chance } from '../../support/chance.js';
import { SEED } from '../../support/seed.js';

const SENT = { state: 'sent', mailed: true } as const;
const REFUSED = { state: 'failed', mailed: true } as const;
const LATER = { type: RETRYABLE.InvitationLater, message: 'The mail server answered 452.' };
const UNSURE = { type: RETRYABLE.InvitationUnsure, message: 'No answer.' };
const AWAY = { type: RETRYABLE.MailServerAway, message: 'The mail server is not there.' };

/** For what does not depend on the time. */
const recordResult = (queue: Queue, result: InvitationResult, now = 0): string[] =>
  recordResultAt(queue, result, now);

/** One page of so many lines, and no more chunks. */
function queueOf(lines: number): Queue {
  const queue = newQueue();
  turnPage(queue, { chunk: 1, lines: Array.from({ length: lines }, (_, i) => i + 2) });
  turnPage(queue, undefined);
  return queue;
}

function linesTaken(queue: Queue, count: number, now = 0): number[] {
  return Array.from({ length: count }, () => take(queue, now).line);
}

describe('the queue of invitations', () => {
  it('goes through the pages in the order of the file, and is empty after the last', () => {
    const queue = newQueue();
    expect(wantsPage(queue)).toBe(true);
    turnPage(queue, { chunk: 3, lines: [7, 9] });
    expect(queue.nextChunk).toBe(4);
    expect(wantsPage(queue)).toBe(false);
    expect(linesTaken(queue, 2)).toEqual([7, 9]);
    expect(wantsPage(queue)).toBe(true);
    expect(isEmpty(queue)).toBe(false);
    turnPage(queue, undefined);
    expect(wantsPage(queue)).toBe(false);
    expect(isEmpty(queue)).toBe(true);
  });

  it('counts what invitations came to', () => {
    const queue = queueOf(5);
    recordResult(queue, SENT);
    recordResult(queue, REFUSED);
    recordResult(queue, { state: 'none', mailed: false });
    recordResult(queue, { state: 'due', mailed: false });
    recordResult(queue, { state: 'sent', mailed: false });
    expect(queue.counts).toEqual({ sent: 2, failed: 1, none: 1, kept: 1 });
  });
});

describe('an invitation that cannot go out now', () => {
  it('is tried again after a while, before new ones, and does not hold these up', () => {
    const queue = queueOf(4);
    const first = take(queue, 0);
    expect(recordFailure(queue, first, LATER, 1000)).toEqual({ notices: [] });
    expect(availableAt(queue, 0, 1000)).toBe(1000);
    expect(linesTaken(queue, 1, 1000)).toEqual([3]);
    expect(take(queue, 16_000)).toMatchObject({ line: first.line, tries: 1 });
  });

  it('waits ever longer, an hour at most, and is given up after a day', () => {
    const queue = queueOf(1);
    let now = 0;
    const waits: number[] = [];
    for (let tries = 1; ; tries++) {
      const { giveUp } = recordFailure(queue, take(queue, now), LATER, now);
      if (giveUp !== undefined) {
        expect(giveUp).toBe(`${tries} tries`);
        break;
      }
      const at = availableAt(queue, 0, now);
      waits.push(at - now);
      now = at;
    }
    expect(waits.slice(0, 4)).toEqual([15_000, 30_000, 60_000, 120_000]);
    expect(Math.max(...waits)).toBe(3_600_000);
    expect(now / 3_600_000).toBeGreaterThan(20);
    expect(now / 3_600_000).toBeLessThan(26);
    expect(isEmpty(queue)).toBe(true);
  });

  it.each([UNSURE, { type: NO_ANSWER, message: '' }])(
    'is tried three times at most when each try may have put a mail out: $type',
    (unsure) => {
      const queue = queueOf(1);
      let invitation: Invitation = take(queue, 0);
      for (const now of [0, 100_000]) {
        expect(recordFailure(queue, invitation, unsure, now).giveUp).toBeUndefined();
        invitation = take(queue, now + 90_000);
      }
      expect(recordFailure(queue, invitation, unsure, 300_000).giveUp).toBe(
        'no answer after the mail',
      );
    },
  );

  it('holds up new ones only when two hundred of its kind wait', () => {
    const queue = queueOf(300);
    for (let i = 0; i < 200; i++) {
      recordFailure(queue, take(queue, 0), LATER, 0);
      recordResult(queue, SENT); // others go out in between
    }
    expect(availableAt(queue, 0, 0)).toBe(15_000);
    take(queue, 15_000);
    expect(availableAt(queue, 0, 15_000)).toBe(15_000);
  });
});

describe('an attempt that no worker has begun', () => {
  it('is made again at once, and counts for nothing', () => {
    const queue = queueOf(1);
    for (let i = 0; i < 100; i++) {
      const invitation = take(queue, i);
      expect(invitation).toEqual({ chunk: 1, line: 2, tries: 0, unsure: 0 });
      expect(recordFailure(queue, invitation, { type: NOT_STARTED, message: '' }, i)).toEqual({
        notices: [],
      });
    }
    expect(queue.away).toBeUndefined();
  });

  it('is told once when it goes on for a minute, and again after a mail has gone out', () => {
    const queue = queueOf(2);
    const told = (seconds: number[]) =>
      seconds.flatMap((second) => {
        const now = second * 1000;
        return recordFailure(queue, take(queue, now), { type: NOT_STARTED, message: '' }, now)
          .notices;
      });
    expect(told([0, 10, 59])).toEqual([]);
    expect(told([60, 70, 300])).toEqual([
      'The workers are busy with other steps. Invitations wait, and go on by themselves.',
    ]);
    take(queue, 300_000);
    recordResult(queue, SENT);
    expect(told([301, 360])).toEqual([]);
    expect(told([361, 362])).toHaveLength(1);
  });
});

describe('a server that is away', () => {
  it('is left alone for as long as it asks', () => {
    const queue = queueOf(5);
    recordFailure(queue, take(queue, 0), { ...AWAY, waitMs: 120_000 }, 0);
    expect(availableAt(queue, 0, 0)).toBe(120_000);
  });

  it('is waited for by all, longer from try to try, a minute at most', () => {
    const queue = queueOf(100);
    let now = 0;
    const waits: number[] = [];
    const notices: string[] = [];
    for (let i = 0; i < 7; i++) {
      notices.push(...recordFailure(queue, take(queue, now), AWAY, now).notices);
      const at = availableAt(queue, 0, now);
      waits.push(at - now);
      now = at;
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect(notices).toEqual([
      'The mail server is not there. Invitations wait, and go on by themselves.',
    ]);
  });

  it('has another notice when the token is waited for next', () => {
    const queue = queueOf(9);
    const refused = { type: RETRYABLE.KratosUnauthorized, message: 'Kratos answered 401.' };
    recordFailure(queue, take(queue, 0), AWAY, 0);
    expect(queue.away?.awaitsToken).toBe(false);
    const { notices } = recordFailure(queue, take(queue, 5_000), refused, 5_000);
    expect(notices).toEqual(['Kratos answered 401. Invitations wait, and go on by themselves.']);
    expect(queue.away?.awaitsToken).toBe(true);
    expect(recordFailure(queue, take(queue, 90_000), refused, 90_000).notices).toEqual([]);
    recordResult(queue, SENT);
    expect(queue.away).toBeUndefined();
  });

  it('is tried by one invitation at a time', () => {
    const queue = queueOf(10);
    recordFailure(queue, take(queue, 0), AWAY, 0);
    expect(availableAt(queue, 1, 10_000)).toBe(Infinity);
    expect(availableAt(queue, 0, 10_000)).toBe(10_000);
  });

  it('is not waited for longer because of attempts that were in flight when it went away', () => {
    const queue = queueOf(50);
    const inFlight = Array.from({ length: 40 }, () => take(queue, 0));
    const notices = inFlight.flatMap(
      (invitation, i) => recordFailure(queue, invitation, AWAY, i).notices,
    );
    expect(notices).toHaveLength(1);
    expect(availableAt(queue, 0, 40)).toBe(5_000);
  });

  it('is tried by another invitation the next time, since it may break off on one address only', () => {
    const queue = queueOf(10);
    recordFailure(queue, take(queue, 0), AWAY, 0);
    expect(take(queue, availableAt(queue, 0, 0)).line).toBe(3);
  });

  it('has a notice as soon as a mail goes out, and all go on', () => {
    const queue = queueOf(10);
    recordFailure(queue, take(queue, 0), AWAY, 0);
    take(queue, 5_000);
    expect(recordResult(queue, SENT)).toEqual(['Invitations go out again.']);
    expect(recordResult(queue, SENT)).toEqual([]);
    expect(availableAt(queue, 3, 5_000)).toBe(5_000);
  });

  it('for a moment again and again fills no list of notices, and for longer is told once more', () => {
    const queue = queueOf(1000);
    const notices: string[] = [];
    let now = 0;
    const fail = () => {
      notices.push(...recordFailure(queue, take(queue, now), AWAY, now).notices);
      now = queue.away!.until;
    };
    for (let i = 0; i < 100; i++) {
      fail();
      notices.push(...recordResult(queue, SENT, now));
    }
    expect(notices).toHaveLength(2 * 20);
    for (let i = 0; i < 5; i++) fail();
    notices.push(...recordResult(queue, SENT, now));
    expect(notices.slice(2 * 20)).toEqual([
      'The mail server is not there. Invitations wait, and go on by themselves.',
      'Invitations go out again.',
    ]);
  });

  it('costs no user the invitation, however long it stays away', () => {
    const queue = queueOf(1);
    for (let now = 0, i = 0; i < 1000; i++) {
      expect(recordFailure(queue, take(queue, now), AWAY, now).giveUp).toBeUndefined();
      now = availableAt(queue, 0, now);
    }
  });

  it('is assumed when three people in a row cannot be reached, not when one cannot three times', () => {
    const queue = queueOf(10);
    const first = take(queue, 0);
    recordFailure(queue, first, LATER, 0);
    recordFailure(queue, first, LATER, 0);
    recordFailure(queue, first, LATER, 0);
    expect(queue.away).toBeUndefined();
    recordFailure(queue, take(queue, 0), LATER, 0);
    const { notices } = recordFailure(queue, take(queue, 0), LATER, 0);
    expect(queue.away).toBeDefined();
    expect(notices).toEqual([`${LATER.message} Invitations wait, and go on by themselves.`]);
  });

  it('is not assumed when a user was reached in between, or when workers died', () => {
    const queue = queueOf(10);
    for (let i = 0; i < 4; i++) {
      recordFailure(queue, take(queue, 0), LATER, 0);
      recordResult(queue, SENT);
      recordFailure(queue, take(queue, 0), { type: NO_ANSWER, message: '' }, 0);
    }
    expect(queue.away).toBeUndefined();
  });
});

describe('ten refusals in a row', () => {
  const refuse = (queue: Queue, times: number): string[] =>
    Array.from({ length: times }).flatMap(() => recordResult(queue, REFUSED));

  it('stop the mails until the operator resumes', () => {
    const queue = queueOf(50);
    expect(refuse(queue, 9)).toEqual([]);
    expect(queue.stopped).toBe(false);
    expect(refuse(queue, 1)).toEqual([expect.stringMatching(/^Paused by itself: .* refused 10 /)]);
    expect(availableAt(queue, 0, 0)).toBe(Infinity);
    expect(refuse(queue, 3)).toEqual([]); // The mails that were in flight.
    resumeQueue(queue);
    expect(availableAt(queue, 0, 0)).toBe(0);
    expect(refuse(queue, 9)).toEqual([]);
    expect(refuse(queue, 1)).toHaveLength(1);
  });

  it('are never more than ten at slow rates, since mails in flight count as well', () => {
    const queue = queueOf(50);
    recordResult(queue, SENT);
    expect(availableAt(queue, 12, 0)).toBe(0);
    refuse(queue, 6);
    expect(availableAt(queue, 3, 0)).toBe(0);
    expect(availableAt(queue, 4, 0)).toBe(Infinity);
    recordResult(queue, SENT);
    expect(availableAt(queue, 4, 0)).toBe(0);
  });

  it('are never more than ten of a server that has taken none yet, however fast the mails are', () => {
    const queue = queueOf(50);
    expect(availableAt(queue, 9, 0)).toBe(0);
    expect(availableAt(queue, 10, 0)).toBe(Infinity);
  });

  it('are not in a row when a mail goes out between them', () => {
    const queue = queueOf(50);
    refuse(queue, 9);
    recordResult(queue, SENT);
    expect(refuse(queue, 9)).toEqual([]);
    expect(queue.stopped).toBe(false);
  });

  it('do not count invitations that never reached the mail server', () => {
    const queue = queueOf(50);
    for (let i = 0; i < 20; i++) recordResult(queue, { state: 'failed', mailed: false });
    expect(queue.stopped).toBe(false);
  });
});

describe('many refusals among the latest mails', () => {
  const record = (queue: Queue, results: string): string[] =>
    [...results].flatMap((each) => recordResult(queue, each === '-' ? REFUSED : SENT));

  it('stop the mails, though none are ten in a row', () => {
    const queue = queueOf(100);
    // Of sixty mails 48 were refused.
    expect(record(queue, '----+'.repeat(12))).toEqual([
      'Paused by itself: the mail server has refused 25 of the latest 31 invitations for good. Its log says why. Resume to go on with the others, or cancel.',
    ]);
    expect(queue.stopped).toBe(true);
    resumeQueue(queue);
    expect(record(queue, '----+----+')).toEqual([]);
    expect(queue.stopped).toBe(false);
  });

  it('are those of the latest fifty mails', () => {
    const queue = queueOf(100);
    expect(record(queue, '-+'.repeat(24) + '+'.repeat(50) + '-+'.repeat(24))).toEqual([]);
    expect(record(queue, '-+-')).toHaveLength(1);
  });

  it('are not reached by a list with a fifth of dead addresses, in whatever order', () => {
    const chance = new Chance(SEED);
    for (let list = 0; list < 20; list++) {
      const queue = queueOf(1);
      const results = Array.from({ length: 2000 }, () => (chance.below(100) < 20 ? '-' : '+'));
      for (const notice of record(queue, results.join(''))) {
        // Once in thousands of such lists, ten dead addresses follow each other.
        expect(notice).toContain('10 invitations in a row');
      }
    }
  });
});

describe('a limit of the sender', () => {
  const T0 = 1_700_000_000_000;
  const BUSY = { type: RETRYABLE.MailServerBusy, message: 'The mail server answered 454 to DATA' };
  const FULL = { type: RETRYABLE.MailServerFull, message: 'The mail server answered 421.' };
  const QUOTA = { type: RETRYABLE.MailQuotaReached, message: 'The mail server answered 550' };

  it.each([BUSY, FULL, QUOTA])('costs no try, however often it is met: $type', (failure) => {
    const queue = queueOf(1);
    let now = T0;
    for (let i = 0; i < 1000; i++) {
      const invitation = take(queue, now);
      expect(invitation.tries).toBe(0);
      expect(recordFailure(queue, invitation, failure, now).giveUp).toBeUndefined();
      now = availableAt(queue, 0, now);
    }
  });

  it('lowers the pace to what the server takes, with one notice', () => {
    const queue = queueOf(1000);
    const notices: string[] = [];
    for (let i = 0; i < 400; i++) {
      const now = T0 + i * 20;
      const invitation = take(queue, now);
      if (i % 4 === 0) recordResult(queue, SENT, now);
      else notices.push(...recordFailure(queue, invitation, BUSY, now).notices);
    }
    expect(notices).toEqual([
      expect.stringMatching(
        /^The mail server takes about [\d,]+ mails a minute; invitations go at that pace\.$/,
      ),
    ]);
    expect(learnedBelow(queue, 3000)).toBeLessThan(1600);
    expect(learnedBelow(queue, 10)).toBeUndefined();
    expect(queue.away).toBeUndefined();
  });

  it('that is met by everything makes all wait and one try, with no other notice', () => {
    const queue = queueOf(1000);
    const notices: string[] = [];
    let now = T0;
    for (let i = 0; i < 40; i++) {
      notices.push(...recordFailure(queue, take(queue, now), BUSY, now).notices);
      now = Math.max(availableAt(queue, 0, now), now + 1000);
    }
    expect(notices).toHaveLength(1);
    expect(queue.rest?.isQuota).toBe(false);
    expect(availableAt(queue, 1, now)).toBe(Infinity);
    take(queue, now);
    recordResult(queue, SENT, now);
    expect(queue.rest).toBeUndefined();
    expect(availableAt(queue, 1, now)).toBe(now);
  });

  it('of a day makes all wait ever longer, an hour at most, with one notice', () => {
    const queue = queueOf(100);
    const notices: string[] = [];
    const waits: number[] = [];
    let now = T0;
    for (let i = 0; i < 9; i++) {
      notices.push(...recordFailure(queue, take(queue, now), QUOTA, now).notices);
      // A mail that was on its way before the answer came.
      notices.push(...recordResult(queue, SENT, now + 1));
      const at = availableAt(queue, 0, now);
      waits.push((at - now) / 60_000);
      now = at;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(notices).toEqual([
      'The mail server answered 550. Invitations wait; one of them tries again from time to time, at least once an hour.',
    ]);
    expect(queue.learned?.perMinute).toBeUndefined();
  });

  it('of connections is told when three people in a row meet it', () => {
    const queue = queueOf(10);
    const fail = () => recordFailure(queue, take(queue, T0), FULL, T0).notices;
    expect([...fail(), ...fail()]).toEqual([]);
    recordResult(queue, SENT, T0); // Another worker has the connections.
    expect([...fail(), ...fail()]).toEqual([]);
    expect(fail()).toEqual([`${FULL.message} Invitations wait, and go on by themselves.`]);
  });

  it('that one person alone meets again and again is taken for a refusal of this person', () => {
    const queue = queueOf(1);
    let now = T0;
    let giveUp: string | undefined;
    for (let i = 0; giveUp === undefined; i++) {
      expect(i).toBeLessThan(60);
      const invitation = take(queue, now);
      ({ giveUp } = recordFailure(queue, invitation, BUSY, now));
      for (let sent = 0; sent < 100; sent++) recordResult(queue, SENT, now + sent);
      now = Math.max(now + 1, availableAt(queue, 0, now));
    }
    expect(giveUp).toBe('30 tries');
    expect(now - T0).toBeGreaterThan(20 * 3_600_000);
  });
});
