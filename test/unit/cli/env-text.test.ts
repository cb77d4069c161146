import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEnv, quoted } from '../../../src/cli/env-text.js';

const value = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom('a', ' ', '#', "'", '"', '$', '\\', '`', '=', '{', '}', '\n'),
  }),
);
const key = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);

describe('a value in .env', () => {
  it.each([
    ['http://127.0.0.1:4434', 'http://127.0.0.1:4434'],
    ['Example Platform', "'Example Platform'"],
    ['pa#ss $word', "'pa#ss $word'"],
    ['"Example, Inc." <a@example.com>', `'"Example, Inc." <a@example.com>'`],
    ["O'Brien & Co", `"O'Brien & Co"`],
    ['', "''"],
  ])('is quoted where it has to be: %s', (text, written) => {
    expect(quoted(text)).toBe(written);
  });

  it('cannot hold what Node and Docker Compose read differently', () => {
    for (const text of [`both ' and "`, "'$x", 'two\nlines', `'\\`]) {
      expect(quoted(text)).toBeUndefined();
    }
  });

  it('is what Node reads, whatever it is', () => {
    fc.assert(
      fc.property(value, (text) => {
        const written = quoted(text);
        if (written !== undefined)
          expect(parseEnv(`X=${written}\nY=1\n`)).toEqual({ X: text, Y: '1' });
      }),
    );
  });

  it('is what loadEnvFile reads', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'env-text-'));
    const text = `pa#ss $word 'x`.replace("'", '');
    await writeFile(path.join(folder, '.env'), `ENV_TEXT_TEST=${quoted(text)}\n`);
    try {
      process.loadEnvFile(path.join(folder, '.env'));
      expect(process.env['ENV_TEXT_TEST']).toBe(text);
    } finally {
      delete process.env['ENV_TEXT_TEST'];
      await rm(folder, { recursive: true });
    }
  });
});

describe('a file that is there', () => {
  const there =
    '# mine\nOTHER=kept # why\n\nexport APP_NAME="Old\nname" # long\nSMTP_URL=smtp://a\n';

  it('keeps its comments, its order and what is not asked for', () => {
    expect(mergeEnv(there, { APP_NAME: 'New', SMTP_URL: 'smtp://a', IMPORT_ROOT: './in' })).toEqual(
      {
        text: '# mine\nOTHER=kept # why\n\nAPP_NAME=New\nSMTP_URL=smtp://a\nIMPORT_ROOT=./in\n',
        changed: ['APP_NAME'],
        added: ['IMPORT_ROOT'],
      },
    );
  });

  it('has each key once, and an end of its last line', () => {
    expect(mergeEnv('A=1\nA=2', { A: '3', B: '4' }).text).toBe('A=3\nB=4\n');
  });

  it('is read as meant, whatever was in it', () => {
    const line = fc.oneof(
      fc.tuple(key, value).map(([name, text]) => `${name}=${quoted(text) ?? ''}`),
      fc
        .tuple(key, fc.constantFrom('"two\nlines"', "'x' # y", 'a b#c', '`q`'))
        .map((pair) => pair.join('=')),
      fc.constantFrom('', '# X=1', '# comment'),
    );
    fc.assert(
      fc.property(fc.array(line), fc.dictionary(key, value), (lines, given) => {
        const values = Object.fromEntries(
          Object.entries(given).filter(([, text]) => quoted(text) !== undefined),
        );
        const text = lines.map((each) => `${each}\n`).join('');
        const { text: merged } = mergeEnv(text, values);
        expect(parseEnv(merged)).toEqual({ ...parseEnv(text), ...values });
        for (const comment of lines.filter((each) => each.trim().startsWith('#'))) {
          expect(merged).toContain(comment);
        }
      }),
    );
  });
});
