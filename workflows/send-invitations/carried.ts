/** The state of the invitations as one execution hands it over to the next. */
import { z } from 'zod';
import {
  isInvitationControl,
  isInvitationCounts,
  type InvitationControl,
  type InvitationCounts,
} from '../../src/contract/invitations.js';
import type { LearnedPace } from '../../src/flow-control/learned-pace.js';
import { count, text } from '../shared/carried.js';
import type { InvitationState } from './state.js';

export function sendingStateSchema(): z.ZodType<InvitationState> {
  const time = z.number().nonnegative();
  const busy = z.object({ times: count(), passedBy: count(), sent: count() }).optional();
  const invitation = { chunk: count(), line: count(), tries: count(), unsure: count(), busy };
  const page = z.object({ chunk: count(), lines: z.array(count()) });
  return z.object({
    control: z.custom<InvitationControl>(isInvitationControl),
    queue: z.object({
      counts: z.custom<InvitationCounts>(isInvitationCounts),
      nextChunk: count().optional(),
      page: page.optional(),
      later: z.array(z.object({ ...invitation, at: time })),
      refusedInARow: count(),
      latest: text(),
      stopped: z.boolean(),
      failedInARow: z.array(text()),
      away: z
        .object({ tries: count(), until: time, awaitsToken: z.boolean(), isTold: z.boolean() })
        .optional(),
      timesAway: count().optional(),
      learned: learnedPaceSchema().optional(),
      rest: z.object({ tries: count(), until: time, isQuota: z.boolean() }).optional(),
      told: z.array(z.enum(['pace', 'quota'])).optional(),
      notBegun: z.object({ since: time, isTold: z.boolean() }).optional(),
    }),
    handedBack: z.array(page),
    pace: z.object({
      next: z.number(),
      notBefore: time,
      ended: z.array(z.tuple([time, count()])),
    }),
    opening: z.object({ opensAt: time, closesAt: time }).optional(),
    notices: z.array(text()),
    lastReport: z.object({ at: time, times: count() }),
    dirty: z.boolean(),
  } satisfies Record<keyof InvitationState, z.ZodType>);
}

function learnedPaceSchema(): z.ZodType<LearnedPace> {
  const number = z.number();
  return z.object({
    perMinute: number.positive().optional(),
    refusedAt: number,
    loweredAt: number,
    changedAt: number,
    taken: count(),
    latest: z.object({ taken: number, refused: number }),
    sent: z.object({ since: number, last: number, mails: number }),
  } satisfies Record<keyof LearnedPace, z.ZodType>);
}
