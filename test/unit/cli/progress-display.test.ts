import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressDisplay } from '../../../src/cli/progress-display.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import { progressOf } from '../../support/progress.js';

const NOTICE = { at: '2026-11-02T10:00:00.000Z', text: 'Paused: nothing new starts.' };
/** Lines: why no worker answers. */
const STATES: (Progress | string[])[] = [
  progressOf(),
  ['No worker runs.', 'attempt 2'],
  ['No worker runs.', 'attempt 3'],
  progressOf({ paused: true, notices: [NOTICE] }),
  progressOf({ paused: true, notices: [NOTICE], ratePerSecond: null }),
];

/** The text that an output gets of an import. */
function shown(isTTY: boolean, states: (Progress | string[])[]): string {
  const out = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  const display = progressDisplay(out as unknown as NodeJS.WriteStream, 'import-1');
  for (const state of states) {
    if (Array.isArray(state)) display.showSilence(state);
    else display.show(state);
  }
  display.stop();
  return String(out.read());
}

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('the progress', () => {
  it('in plain lines shows each change of phase, each notice once, and how to go on', () => {
    expect(shown(false, STATES).split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(/^importing, 4,500 of 12,000 rows/),
      'No worker runs.',
      'attempt 2',
      'notice 2026-11-02T10:00:00.000Z Paused: nothing new starts.',
      'Paused: nothing new starts. Go on: user-import resume import-1',
      expect.stringMatching(/^PAUSED, importing, 4,500 of 12,000 rows/),
    ]);
  });

  it('on a terminal is a bar of its width, with the same notices in lines of their own above it', () => {
    const text = shown(true, STATES);
    for (const line of ['No worker runs.', NOTICE.text, 'Go on: user-import resume import-1']) {
      expect(count(text, `${line}\n`)).toBe(1);
    }
    const last = text.slice(text.indexOf('resume import-1\n'));
    const bar = last.split('\n').at(-2)!;
    expect(bar).toContain('37 % | PAUSED, import');
    expect(bar).not.toContain('4,500 of 12,000');
  });
});
