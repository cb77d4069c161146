/**
 * The report of an activity to its workflow that it waits for something: the workflow slows down or pauses, and says
 * why.
 */
import { isText } from './bounds.js';
import { STALLS, type Stall } from './status.js';

/**
 * Sent by activities only. The workflow takes it in its default handler, so that the UI does not offer it to
 * operators.
 */
export const STALL_SIGNAL = 'stall';

export interface StallReport {
  /** The run that stalls; another run under the same workflow id ignores the report. */
  runId: string;
  kind: Stall;
  /** One sentence without any value of a row. */
  text: string;
}

export function isStallReport(value: unknown): value is StallReport {
  const { runId, kind, text } = (value ?? {}) as Partial<Record<keyof StallReport, unknown>>;
  return isText(runId) && isText(text) && typeof kind === 'string' && Object.hasOwn(STALLS, kind);
}
