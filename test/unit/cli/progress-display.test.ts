import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressDisplay, type Away } from '../../../src/cli/progress-display.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import { progressOf } from '../../support/progress.js';

const NOTICE = { at: '2026-11-02T10:00:00.000Z', text: 'Kratos does not answer.' };
const START = Date.parse('2026-11-02T10:00:00.000Z');

/** Lines: why no worker answers. */
type State = Progress | string[] | Away;

const STATES: State[] = [
  progressOf(),
  ['No worker runs.', 'attempt 2'],
  ['No worker runs.', 'attempt 3'],
  progressOf({ paused: true, notices: [NOTICE] }),
  progressOf({ paused: true, notices: [NOTICE], ratePerSecond: null, etaSeconds: null }),
];

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubEnv('FORCE_COLOR', undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** An output, the display of an import on it, and the text that it has got since the last look. */
function displayOn(isTTY: boolean, columns = 60) {
  const out = Object.assign(new PassThrough(), { isTTY, columns, getColorDepth: () => 1 });
  const display = progressDisplay(out as unknown as NodeJS.WriteStream, 'import-1');
  const show = (state: State): void => {
    if (Array.isArray(state)) display.showSilence(state);
    else if ('address' in state) display.showAway(state);
    else display.show(state);
  };
  const text = (): string => ((out.read() as Buffer | null) ?? '').toString();
  return { out, display, show, text };
}

function shown(isTTY: boolean, states: State[], leaves = true): string {
  const { display, show, text } = displayOn(isTTY);
  for (const state of states) show(state);
  display.stop(leaves);
  return text();
}

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('the progress', () => {
  it('in plain lines shows each change of phase, each notice once, and how to go on', () => {
    expect(shown(false, STATES).split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(/^importing, 4,500 of 12,000 rows/),
      'No worker runs.',
      'attempt 2',
      'notice 10:00:00 UTC: Kratos does not answer.',
      'Paused: nothing new starts.',
      '  go on:  user-import resume import-1',
      expect.stringMatching(/^PAUSED, importing, 4,500 of 12,000 rows/),
    ]);
  });

  it('on a terminal is one line of its width, with the same notices in lines of their own above it', () => {
    const text = shown(true, STATES);
    for (const line of ['No worker runs.', NOTICE.text, '  go on:  user-import resume import-1']) {
      expect(count(text, `${line}\n`)).toBe(1);
    }
    const last = text.split('\r\x1b[J').at(-1)!;
    expect(last).toMatch(/^PAUSED, importing, 4,500 of 12,000 rows, 50 failed\s*\n$/);
  });

  it('on a terminal leaves no line behind at its end: the result follows', () => {
    const text = shown(true, [progressOf(), progressOf({ phase: 'done' })], false);
    expect(text.endsWith('\r\x1b[J')).toBe(true);
    expect(text).not.toContain('\n');
  });

  it('is drawn anew for another width, from where the line begins', () => {
    const { out, display, show, text } = displayOn(true);
    expect(text()).toBe('\r\x1b[Jstarting\r');
    show(progressOf());
    expect(text()).toMatch(/^\r\x1b\[J\S.{20,58}\r$/);
    out.columns = 30;
    out.emit('resize');
    expect(text()).toMatch(/^\r\x1b\[J\S.{10,28}\r$/);
    display.stop(true);
    out.emit('resize');
    expect(count(text(), '\n')).toBe(1);
  });

  it('says for how long Temporal has not answered, and when it does again', () => {
    const away = { address: '127.0.0.1:7233', since: START };
    const { show, text } = displayOn(true, 120);
    show(progressOf());
    vi.setSystemTime(START + 12_000);
    text();
    show(away);
    expect(text()).toContain(
      'no answer from Temporal for 12 s (127.0.0.1:7233); the import goes on without this command\r',
    );
    vi.setSystemTime(START + 20_000);
    show(progressOf());
    expect(text()).toMatch(/Temporal answers again, after 20 s\.\n.*importing, 4,500 of 12,000/s);
  });

  it('in plain lines says so once a minute', () => {
    const away = { address: '127.0.0.1:7233', since: START };
    const { show, text } = displayOn(false);
    for (const seconds of [2, 5, 8, 30, 61, 64, 90]) {
      vi.setSystemTime(START + seconds * 1000);
      show(away);
    }
    show(['No worker runs.']);
    expect(text().split('\n')).toEqual([
      expect.stringMatching(/^no answer from Temporal for 2 s/),
      expect.stringMatching(/^no answer from Temporal for 1 min 4 s/),
      'Temporal answers again, after 1 min 30 s.',
      'No worker runs.',
      '',
    ]);
  });
});
