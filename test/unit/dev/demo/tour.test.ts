import { describe, expect, it } from 'vitest';
import path from 'node:path';
import { renderMeanwhile, renderTour, type Tour } from '../../../../dev/demo/tour.js';

const RUN = { workflowId: 'import-users-1', runId: '01' };
const TOUR: Tour = {
  stack: {
    temporalUiUrl: 'http://127.0.0.1:1',
    pagesUrl: 'http://127.0.0.1:2',
    inbox: {
      smtpUrl: 'smtp://127.0.0.1:3',
      pageUrl: 'http://127.0.0.1:4',
      stop: () => Promise.resolve(),
    },
  },
  run: RUN,
  report: '/runs of mine/report.html',
  environmentFile: path.join(process.cwd(), '.demo', 'env'),
  isRepeated: false,
};

const textOf = (lines: ReturnType<typeof renderTour>): string[] =>
  lines.map((line) => (typeof line === 'string' ? line : line.text));

describe('what the demo says', () => {
  it('leads from the mail to the commands, each address on a line of its own', () => {
    const lines = textOf(renderTour(TOUR));
    expect(lines.filter((line) => /^\d\. /.test(line)).map((line) => line.slice(0, 12))).toEqual([
      '1. The inbox',
      '2. The sign-',
      '3. The repor',
      '4. Temporal:',
      '5. The comma',
    ]);
    expect(lines).toContain('   http://127.0.0.1:4');
    expect(lines).toContain('   file:///runs%20of%20mine/report.html');
    expect(lines).toContain('   . ./.demo/env');
    expect(lines).toContain('   npx user-import undo import-users-1');
    expect(lines.join('\n')).not.toContain('.demo &&');
  });

  it('says how to see a fresh import where there was nobody to create', () => {
    const lines = textOf(renderTour({ ...TOUR, isRepeated: true }));
    expect(lines.at(-1)).toBe('   rm -r ./.demo && npm run demo');
  });

  it('leaves out what it has not started itself', () => {
    const stack = { temporalUiUrl: undefined, pagesUrl: undefined, inbox: undefined };
    const tour = { ...TOUR, stack, report: undefined };
    expect(textOf(renderTour(tour)).filter((line) => /^\d\. /.test(line))).toHaveLength(1);
    expect(textOf(renderMeanwhile(tour)).join('')).toBe('');
  });

  it('names a folder of another place in full, as a shell takes it', () => {
    const lines = textOf(renderTour({ ...TOUR, environmentFile: '/a b/.demo/env' }));
    expect(lines).toContain("   . '/a b/.demo/env'");
  });
});
