/**
 * What operators are told who look at no screen: notifications of imports and undos. They hold counts, codes and times,
 * and no value of a row, no name of a file and no text that anybody has sent.
 */
import { z } from 'zod';
import type { RunRef } from './ids.js';
import type { Ending } from './report.js';
import { APPROVALS, IMPORT_PHASES, PAUSE_REASONS, UNDO_PHASES } from './status.js';

export const ENDINGS = [
  'done',
  'unchanged',
  'dry-run',
  'validation-failed',
  'failed',
  'cancelled',
] as const satisfies Ending[];

/** What is told, each with its reasons. The names are public: receivers choose by them. */
export const OCCASIONS = {
  'awaiting-approval': Object.keys(APPROVALS),
  paused: Object.keys(PAUSE_REASONS),
  /** A server has not answered for long. */
  stalled: ['unavailable'],
  'invitations-held': ['held'],
  ended: ENDINGS,
} as const satisfies Record<string, readonly string[]>;
export type OccasionName = keyof typeof OCCASIONS;

export interface Occasion {
  what: OccasionName;
  /** One of those that `OCCASIONS` has for it. */
  reason: string;
}

export interface Notification extends Occasion {
  of: 'import' | 'undo';
  /** Counted from 1 within its run. */
  number: number;
  /** When it came to it (ISO 8601). */
  at: string;
  phase: string;
  /** Rows, or an undo's users, in all and by what became of them. */
  rows: Record<string, number>;
  /** Mails; absent where none are to go out. */
  invitations?: { due: number; sent: number; failed: number } | undefined;
}

/** The ways on which a worker tells its operators. */
export interface Channels {
  webhook: boolean;
  /** Addresses that get a mail each; they go by number, from 1. */
  mails: number;
}

/** `webhook`, `mail-1`, `mail-2`: each is tried by itself. */
export function channelNames({ webhook, mails }: Channels): string[] {
  const addresses = Array.from({ length: Math.min(mails, MOST_MAILS) }, (_, i) => `mail-${i + 1}`);
  return webhook ? ['webhook', ...addresses] : addresses;
}

export const MOST_MAILS = 10;

export const channelsSchema = () =>
  z.strictObject({ webhook: z.boolean(), mails: z.int().nonnegative().max(MOST_MAILS) });

/** What the workflow that tells operators is started with. */
export interface NotifyRequest {
  run: RunRef;
  notification: Notification;
  channels: Channels;
}

/** What one channel is asked to tell. */
export interface SendNotificationRequest extends Omit<NotifyRequest, 'channels'> {
  /** As `channelNames` has it. */
  channel: string;
}

/** Whether the other side took a notification; if not, it refused it for good. */
export interface Delivery {
  taken: boolean;
  /** Why not. */
  why?: string;
}

const COUNT = z.int().nonnegative();

function notificationSchema() {
  const names = Object.keys(OCCASIONS) as OccasionName[];
  const phases = [...Object.keys(IMPORT_PHASES), ...Object.keys(UNDO_PHASES)];
  return z
    .strictObject({
      of: z.enum(['import', 'undo']),
      what: z.enum(names),
      reason: z.string(),
      number: COUNT,
      at: z.iso.datetime(),
      phase: z.enum(phases),
      rows: z.record(z.string().regex(/^[a-z_]{1,30}$/), COUNT),
      invitations: z.strictObject({ due: COUNT, sent: COUNT, failed: COUNT }).optional(),
    })
    .refine(({ what, reason }) => (OCCASIONS[what] as readonly string[]).includes(reason));
}

/** Whoever may write to the namespace can ask for anything: nothing but names and numbers reaches an operator. */
export function isNotification(value: unknown): value is Notification {
  return notificationSchema().safeParse(value).success;
}

/**
 * The same at each try, and another one for each notification of a run, also after a reset of it: a number and the
 * moment, without a dot.
 */
export function notificationName({ number, at }: Pick<Notification, 'number' | 'at'>): string {
  return `${number}-${at.replace(/\D/g, '')}`;
}
