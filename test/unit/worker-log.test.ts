import { afterEach, expect, it, vi } from 'vitest';
import { logOptions } from '../../src/worker-log.js';

afterEach(() => vi.restoreAllMocks());

function logged(log: (logger: ReturnType<typeof loggerOf>) => void): string {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  log(loggerOf('INFO'));
  return text;
}

const loggerOf = (level: Parameters<typeof logOptions>[0]) => logOptions(level).logger!;

it('the worker’s log shows orders to a terminal, and begins no entry inside another', () => {
  const text = logged((logger) => {
    logger.warn('file a\x1b[2J\n2026-01-01T00:00:00.000Z [INFO] all is well', {
      error: new Error('smtp://user:secret@mail\r\nis away'),
      name: 'x\u202ey',
    });
  });
  expect(text).toMatch(/^[\dT:.-]+Z \[WARN\] file a\\u\{1b\}\[2J\n {4}2026-01-01/);
  expect(text).toMatch(/smtp:\/\/mail\\u\{d\}\n {4} *is away/);
  expect(text).toContain('x\\u{202e}y');
  const [, ...rest] = text.split('\n').slice(0, -1);
  for (const line of rest) expect(line).toMatch(/^ {4}/);
});

it('the worker’s log leaves out what is below its level', () => {
  expect(logged((logger) => void logger.debug('much'))).toBe('');
});
