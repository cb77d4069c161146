/** What an activity tells its import while it waits for something: the import slows down, or pauses, and says why. */

/** Not a signal for people: the import takes it in its handler of last resort, so that the UI does not offer it. */
export const STALL_SIGNAL = 'stall';

export interface StallReport {
  /** The run that it is about; another run under the same workflow id takes no notice. */
  runId: string;
  /**
   *   overloaded    Kratos asks for less: fewer chunks in flight
   *   unauthorized  Kratos refuses the token: nothing new starts
   *   waiting       something else that is waited for
   */
  kind: 'overloaded' | 'unauthorized' | 'waiting';
  /** One sentence without any value of a row. */
  text: string;
}

export function isStallReport(value: unknown): value is StallReport {
  const { runId, kind, text } = (value ?? {}) as Partial<Record<keyof StallReport, unknown>>;
  return (
    typeof runId === 'string' &&
    typeof text === 'string' &&
    (kind === 'overloaded' || kind === 'unauthorized' || kind === 'waiting')
  );
}
