import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToWidth, renderSteps, renderTable, widthOf, wrapped } from '../../../src/cli/layout.js';

const WIDTH = fc.integer({ min: 20, max: 200 });
/** As names of files and notices have them. */
const WORD = fc.stringMatching(/^[a-z日本語é한글👍\u0301]{1,12}$/u);
const PROSE = fc.array(WORD, { minLength: 1, maxLength: 40 }).map((words) => words.join(' '));

describe('the width of a text', () => {
  it('is two columns for an East Asian letter or an emoji, none for an accent of its own', () => {
    expect([widthOf('abc'), widthOf('日本'), widthOf('e\u0301'), widthOf('👍')]).toEqual([
      3, 4, 1, 2,
    ]);
  });

  it('is never more than it was cut to', () => {
    fc.assert(
      fc.property(PROSE, fc.integer({ min: 0, max: 60 }), (text, width) => {
        expect(widthOf(cutToWidth(text, width))).toBeLessThanOrEqual(Math.max(width, 0));
      }),
    );
    expect(cutToWidth('WAITING FOR APPROVAL', 10)).toBe('WAITING F…');
  });
});

describe('prose', () => {
  it('is broken at its blanks, fits, and loses nothing', () => {
    fc.assert(
      fc.property(PROSE, WIDTH, (text, width) => {
        const lines = wrapped(text, width);
        expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
        const longest = Math.max(...text.split(' ').map(widthOf)) + 2;
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(Math.max(width, longest));
        }
      }),
    );
  });

  it('is indented from its second line on', () => {
    expect(wrapped('Kratos does not answer. It is tried again.', 24)).toEqual([
      'Kratos does not answer.',
      '  It is tried again.',
    ]);
  });

  it('leaves whole what is indented already, and words that are too long', () => {
    const command = `  user-import start ${'x'.repeat(60)} --mode update`;
    expect(wrapped(command, 40)).toEqual([command]);
    const url = `https://temporal.example.com/${'x'.repeat(60)}`;
    expect(wrapped(`In Temporal: ${url}`, 40)).toEqual(['In Temporal:', `  ${url}`]);
  });
});

describe('commands to copy', () => {
  it('stand below each other, short names before them', () => {
    const steps = [
      { what: 'go on', command: 'user-import approve import-1' },
      { what: 'stop it', command: 'user-import cancel import-1' },
    ];
    expect(renderSteps(steps)).toEqual([
      '  go on:    user-import approve import-1',
      '  stop it:  user-import cancel import-1',
    ]);
  });

  it('have lines of their own where a name, or the command, is long', () => {
    const what = '3 rows were rejected: correct rejects.csv, then import it';
    const command = 'user-import retry import-1';
    expect(renderSteps([{ what, command }])).toEqual([`${what}:`, `    ${command}`]);
    expect(renderSteps([{ what: 'go on', command }], 30)).toEqual(['go on:', `    ${command}`]);
  });
});

describe('a table', () => {
  const ROWS = [
    { count: '1,204', name: 'invalid_email', notes: ['lines 2, 9, 14, …', 'Correct the address.'] },
    { count: '7', name: 'rejected', notes: ['lines 3, 4'] },
  ];

  it('has prose beside the names, or below them where there is less room', () => {
    expect(renderTable(ROWS, 80)).toEqual([
      '  1,204  invalid_email  lines 2, 9, 14, …',
      '                        Correct the address.',
      '      7  rejected       lines 3, 4',
    ]);
    expect(renderTable(ROWS, 40)).toEqual([
      '  1,204  invalid_email',
      '         lines 2, 9, 14, …',
      '         Correct the address.',
      '      7  rejected',
      '         lines 3, 4',
    ]);
  });

  it('fits wherever its words do', () => {
    fc.assert(
      fc.property(PROSE, fc.integer({ min: 40, max: 200 }), (note, width) => {
        const lines = renderTable([{ count: '7', name: 'schema_violation', notes: [note] }], width);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
