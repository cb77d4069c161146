import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { progressDisplay } from '../../../src/cli/progress-display.js';
import { writeLines, writeMessage } from '../../../src/cli/terminal.js';
import { progressOf } from '../../support/progress.js';

const CLI = fileURLToPath(new URL('../../../src/cli', import.meta.url));

describe('what commands write', () => {
  it('has lines of its own making alone', () => {
    const out = new PassThrough();
    writeLines(out, ['actor: a\nb\x1b[1A', 'file: c']);
    writeMessage(out, 'one\ntwo\x07');
    expect(String(out.read())).toBe('actor: a\\u{a}b\\u{1b}[1A\nfile: c\none\ntwo\\u{7}\n');
  });

  it('goes through one file, but for the bar', () => {
    const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' });
    const writers = files.filter(
      (file) =>
        file.endsWith('.ts') &&
        /(?<!file|desk)\.write\(|console\.|\.log\(/.test(
          readFileSync(path.join(CLI, file), 'utf8'),
        ),
    );
    expect(writers.sort()).toEqual(['progress-display.ts', 'terminal.ts']);
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
