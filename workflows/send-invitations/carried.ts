/** The state of the invitations as one execution hands it over to the next. */
import { z } from 'zod';
import {
  isInvitationControl,
  isInvitationCounts,
  type InvitationControl,
  type InvitationCounts,
} from '../../src/contract/invitations.js';
import { count, text } from '../shared/carried.js';
import type { InvitationState } from './state.js';

export function sendingStateSchema(): z.ZodType<InvitationState> {
  const time = z.number().nonnegative();
  const page = z.object({ chunk: count(), lines: z.array(count()) });
  const invitation = { chunk: count(), line: count(), tries: count(), unsure: count() };
  return z.object({
    control: z.custom<InvitationControl>(isInvitationControl),
    queue: z.object({
      counts: z.custom<InvitationCounts>(isInvitationCounts),
      nextChunk: count().optional(),
      page: page.optional(),
      later: z.array(z.object({ ...invitation, at: time })),
      refusedInARow: count(),
      stopped: z.boolean(),
      failedInARow: z.array(text()),
      away: z.object({ tries: count(), until: time, awaitsToken: z.boolean() }).optional(),
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
