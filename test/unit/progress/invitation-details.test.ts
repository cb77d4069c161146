import { describe, expect, it } from 'vitest';
import { NO_PACE } from '../../../src/flow-control/learned-pace.js';
import { newQueue, turnPage, type Queue } from '../../../src/invitations/queue.js';
import { renderInvitationDetails } from '../../../src/progress/invitation-details.js';

const NOW = Date.UTC(2026, 10, 2, 10);
const control = { paused: false, held: false, perMinute: 1200, resumes: 0 };
const request = {
  run: { workflowId: 'import-1', runId: 'r' },
  settings: { method: 'link' as const, expiresIn: '1h' },
  due: 2000,
  control,
};

interface Keys {
  control?: Partial<typeof control>;
  queue?: Partial<Queue>;
  opening?: { opensAt: number; closesAt: number };
}

function detailsOf(keys: Keys = {}): string {
  const counts = { sent: 1100, failed: 2, none: 3, kept: 0 };
  const shown = {
    request,
    control: { ...control, ...keys.control },
    queue: { ...newQueue(), counts, ...keys.queue },
    ...(keys.opening && { opening: keys.opening }),
    inFlight: 4,
  };
  return renderInvitationDetails(shown, NOW);
}

describe('the details of the invitations in the Temporal UI', () => {
  it('have the counts, and say which workflow steers them', () => {
    expect(detailsOf()).toBe(`**Sending, 1,200 a minute at most**

1,105 of 2,000 invitations

sent **1,100** · failed **2** · not needed **3** · in flight **4**

Steered by its import: send pause, resume, setEmailRate or releaseInvitations to \`import-1\`.

\u00a0`);
  });

  it.each<[string, Keys]>([
    ['HELD until releaseInvitations', { control: { held: true } }],
    ['PAUSED', { control: { paused: true } }],
    ['PAUSED', { queue: { stopped: true } }],
    [
      'Waiting for a server that does not take them',
      { queue: { away: { tries: 1, until: NOW, awaitsToken: false, isTold: true } } },
    ],
    [
      'The window opens at 2026-11-02 11:00:00 UTC',
      { opening: { opensAt: NOW + 3_600_000, closesAt: NOW + 7_200_000 } },
    ],
    [
      'The quota at the mail server is used up; the next try is at 2026-11-02 11:00:00 UTC',
      { queue: { rest: { tries: 7, until: NOW + 3_600_000, isQuota: true } } },
    ],
    [
      'The mail server takes none for a while; the next try is at 2026-11-02 10:00:05 UTC',
      { queue: { rest: { tries: 1, until: NOW + 5000, isQuota: false } } },
    ],
    [
      'Sending, about 840 a minute, as the mail server takes them \\(asked: 1,200\\)',
      { queue: { learned: { ...NO_PACE, perMinute: 840 } } },
    ],
    ['Sending, 1,200 a minute at most', { queue: { learned: { ...NO_PACE, perMinute: 2000 } } }],
    ['Sending, 1,200 a minute at most', { opening: { opensAt: NOW - 1, closesAt: NOW + 1 } }],
  ])('begin with what they wait for: %s', (title, keys) => {
    expect(detailsOf(keys)).toMatch(new RegExp(`^\\*\\*${title}\\*\\*\n`));
  });

  it('count users left for another try, and for another import', () => {
    const counts = { sent: 1, failed: 0, none: 0, kept: 2 };
    const later = [{ chunk: 1, line: 2, tries: 1, unsure: 0, at: NOW }];
    expect(detailsOf({ queue: { counts, later } })).toContain(
      'inactive **2** · to be tried again **1** · in flight **4**',
    );
  });

  it('say in the end that they are done', () => {
    const queue = newQueue();
    turnPage(queue, undefined);
    const details = renderInvitationDetails({ request, control, queue, inFlight: 0 }, NOW);
    expect(details).toMatch(/^\*\*Done\*\*\n/);
  });
});
