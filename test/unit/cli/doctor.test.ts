import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  failed,
  ok,
  skipped,
  unreachable,
  warning,
  type Finding,
} from '../../../src/checks/finding.js';
import { statusOf } from '../../../src/cli/doctor.js';
import { EXIT } from '../../../src/cli/exit.js';
import { renderFinding, renderSummary, wrapped } from '../../../src/cli/render-findings.js';

const mail = (outcome: Omit<Finding, 'check'>): Finding => ({ check: 'mail', ...outcome });
const away = mail(unreachable('no answer', 'Start it.'));
const wrong = mail(failed('login refused', 'Correct SMTP_URL.'));

describe('the exit status of doctor', () => {
  it.each([
    [
      '0 when nothing failed',
      [mail(ok('x')), mail(warning('x', 'y')), mail(skipped('x'))],
      EXIT.done,
    ],
    ['1 when something needs doing', [wrong], EXIT.incomplete],
    ['1 also when a server is away besides', [away, wrong], EXIT.incomplete],
    ['3 when only servers are away', [mail(ok('x')), away], EXIT.unreachable],
  ])('is %s', (_what, findings, status) => {
    expect(statusOf(findings)).toBe(status);
  });
});

describe('a finding', () => {
  it('is a line, and what to do below it', () => {
    expect(renderFinding(wrong, undefined)).toEqual([
      { tone: 'error', text: 'FAILED   mail               login refused' },
      '                            → Correct SMTP_URL.',
    ]);
  });

  it('fits the terminal, but for a word that does not', () => {
    const lines = renderFinding(mail(warning('a '.repeat(60), 'see https://example.com/')), 80);
    for (const line of lines) {
      expect((typeof line === 'string' ? line : line.text).length).toBeLessThanOrEqual(80);
    }
    expect(lines.length).toBeGreaterThan(3);
  });

  it('is counted in the last line', () => {
    expect(renderSummary([mail(ok('x'))])).toEqual({ tone: 'success', text: 'Ready.' });
    expect(renderSummary([mail(warning('x', 'y'))])).toMatchObject({
      text: 'Ready, with 1 warning.',
    });
    expect(renderSummary([wrong, away, mail(warning('x', 'y'))])).toMatchObject({
      text: '2 checks failed, 1 warning.',
    });
  });
});

describe('wrapping', () => {
  it('loses no word, and no line is longer than it must be', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const lines = wrapped(text, width);
        expect(lines.join(' ').split(/\s+/)).toEqual(text.trim().split(/\s+/));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      }),
    );
  });
});
