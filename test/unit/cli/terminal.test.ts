import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { progressDisplay } from '../../../src/cli/progress-display.js';
import { data, indented } from '../../../src/cli/lines.js';
import { writeJson, writeLines, writeMessage } from '../../../src/cli/terminal.js';
import { progressOf } from '../../support/progress.js';

const CLI = fileURLToPath(new URL('../../../src/cli', import.meta.url));

afterEach(() => void vi.unstubAllEnvs());

describe('what commands write', () => {
  it('has lines of its own making alone', () => {
    const out = new PassThrough();
    writeLines(out, ['actor: a\nb\x1b[1A', 'file: c']);
    writeMessage(out, 'one\ntwo\x07');
    expect(String(out.read())).toBe('actor: a\\u{a}b\\u{1b}[1A\nfile: c\none\ntwo\\u{7}\n');
  });

  it('is broken at blanks for a terminal, and for nobody else', () => {
    const text = `notice ${'word '.repeat(20)}end`;
    const written = (keys: object): string[] => {
      const out = Object.assign(new PassThrough(), keys);
      writeLines(out, [text, `  user-import start ${'x'.repeat(80)}`]);
      return String(out.read()).split('\n');
    };
    expect(written({}).map((line) => line.length)).toEqual([110, 100, 0]);
    expect(written({ isTTY: true, columns: 80 })).toEqual([
      expect.stringMatching(/^notice [word ]{60,73}$/),
      expect.stringMatching(/^ {2}[word ]+ end$/),
      `  user-import start ${'x'.repeat(80)}`,
      '',
    ]);
  });

  it('is never broken where it is copied as it is', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
    const value = { text: 'a sentence that is longer than the terminal' };
    writeJson(out, value);
    writeLines(out, [data('a header,another header,one more')]);
    expect(String(out.read())).toBe(`${JSON.stringify(value)}\na header,another header,one more\n`);
  });

  it('keeps its indent where it is broken', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
    writeLines(out, [indented('line 3: the address is not one')]);
    expect(String(out.read())).toBe('  line 3: the\n    address is not\n    one\n');
  });

  it.each([
    [
      'on a terminal',
      { isTTY: true, columns: 80 },
      undefined,
      '\x1b[33m\x1b[1mno\x1b[22m\x1b[39m\n',
    ],
    ['unless NO_COLOR says so', { isTTY: true, columns: 80 }, '1', 'no\n'],
    ['and never in a pipe', {}, undefined, 'no\n'],
  ])('has colour %s', (_, keys, noColor, expected) => {
    vi.stubEnv('FORCE_COLOR', undefined).stubEnv('NO_COLOR', noColor);
    // Not the surroundings of this run: in continuous integration (CI) Node.js sees no colours.
    const env = { TERM: 'xterm', NO_COLOR: noColor };
    const getColorDepth = () => WriteStream.prototype.getColorDepth(env);
    const out = Object.assign(new PassThrough(), { getColorDepth, ...keys });
    writeLines(out, [{ tone: 'attention', text: 'no' }]);
    expect(String(out.read())).toBe(expected);
  });

  it('is as JSON one line, on a terminal that is narrower', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
    const value = { 'a b': 'one two \u202ethree \x1b]0;x\x07 four five six' };
    writeJson(out, value);
    const text = String(out.read());
    expect(text).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(text)).toEqual(value);
  });

  it('goes through one file, but for the line that is drawn again and again', () => {
    const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' });
    const writers = files.filter(
      (file) =>
        file.endsWith('.ts') &&
        /(?<!file|desk)\.write\(|console\.|\.log\(/.test(
          readFileSync(path.join(CLI, file), 'utf8'),
        ),
    );
    expect(writers.sort()).toEqual(['live-line.ts', 'terminal.ts']);
  });

  it.each([true, false])('shows a notice without its orders (a bar: %s)', (isTTY) => {
    const out = Object.assign(new PassThrough(), { isTTY, columns: 200 });
    const display = progressDisplay(out as unknown as NodeJS.WriteStream, 'import-1');
    const text = 'the file \x1b]0;x\x07\u202e is gone';
    display.show(progressOf({ notices: [{ at: '2026-11-02T10:00:00.000Z', text }] }));
    display.stop();
    const written = String(out.read());
    expect(written).toContain('the file \\u{1b}]0;x\\u{7}\\u{202e} is gone');
    expect(written).not.toContain('\x1b]0;');
  });
});
