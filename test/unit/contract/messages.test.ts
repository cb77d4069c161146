import { describe, expect, it } from 'vitest';
import { MOST_TEXT, MOST_TEXTS } from '../../../src/contract/bounds.js';
import { isInvitationControl, isInvitationStatus } from '../../../src/contract/invitations.js';
import { isStallReport } from '../../../src/contract/stall.js';

const LONG = 'x'.repeat(MOST_TEXT + 1);
const NO_NUMBERS = [-1, 0.5, 1e308, Number.NaN, Infinity, '1', null, undefined, [1], {}];
const NO_TEXTS = [
  'two\nlines',
  'red \u001b[31m',
  'turned \u202e',
  LONG,
  1,
  null,
  undefined,
  ['x'],
  { toString: 'x' },
];
const NO_BOOLEANS = [1, 'true', null, undefined, {}];

const STALL = { runId: 'run-1', kind: 'unavailable', text: 'Kratos does not answer.' };
const CONTROL = { paused: false, held: true, perMinute: 60, resumes: 0 };
const COUNTS = { sent: 1, failed: 2, none: 3, kept: 4 };
const STATUS = {
  runId: 'run-1',
  counts: COUNTS,
  notices: ['Invitations go out again.'],
  stopped: false,
  awaitsToken: false,
  resumes: 0,
};

/** A message with one key of each value in turn. */
const forgeries = (message: object, wrong: Record<string, unknown[]>): unknown[] =>
  Object.entries(wrong).flatMap(([key, values]) =>
    values.map((value) => ({ ...message, [key]: value })),
  );

const OF_THE_PROTOTYPE: unknown = JSON.parse('{"__proto__":{"a":1}}');
const NO_MESSAGES: unknown[] = [undefined, null, 1, 'x', [], {}, [null], OF_THE_PROTOTYPE];

describe.each<[string, (value: unknown) => boolean, object, Record<string, unknown[]>]>([
  [
    'the report of a stall',
    isStallReport,
    STALL,
    { runId: NO_TEXTS, text: NO_TEXTS, kind: [...NO_TEXTS, 'toString', '__proto__', 'other'] },
  ],
  [
    'the control of the invitations',
    isInvitationControl,
    CONTROL,
    {
      paused: NO_BOOLEANS,
      held: NO_BOOLEANS,
      perMinute: [...NO_NUMBERS, 0, 60_001],
      resumes: NO_NUMBERS,
    },
  ],
  [
    'the status of the invitations',
    isInvitationStatus,
    STATUS,
    {
      runId: NO_TEXTS,
      counts: [
        ...NO_NUMBERS,
        ...Object.keys(COUNTS).flatMap((name) =>
          NO_NUMBERS.map((value) => ({ ...COUNTS, [name]: value })),
        ),
      ],
      notices: [null, {}, 'x', [null], [1], [LONG], Array<string>(MOST_TEXTS + 1).fill('x')],
      stopped: NO_BOOLEANS,
      awaitsToken: NO_BOOLEANS,
      resumes: NO_NUMBERS,
    },
  ],
])('%s', (_name, isMessage, message, wrong) => {
  it('is taken as its sender writes it', () => {
    expect(isMessage(message)).toBe(true);
  });

  it('is not taken in any other shape or size', () => {
    for (const forged of [...NO_MESSAGES, ...forgeries(message, wrong)]) {
      expect(isMessage(forged), (JSON.stringify(forged) as string | undefined)?.slice(0, 200)).toBe(
        false,
      );
    }
  });
});
