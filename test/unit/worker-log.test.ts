import { afterEach, expect, it, vi } from 'vitest';
import type { LogFormat, LogLevel } from '../../src/config.js';
import { logOptions } from '../../src/worker-log.js';

afterEach(() => vi.restoreAllMocks());

function logged(
  log: (logger: ReturnType<typeof loggerOf>) => void,
  format: LogFormat = 'text',
): string {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  log(loggerOf('INFO', format));
  return text;
}

const loggerOf = (level: LogLevel, format: LogFormat) => logOptions(level, format).logger!;

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

it('as JSON each entry is one line, with the import and the chunk that it is about', () => {
  const text = logged((logger) => {
    logger.warn('Activity failed', {
      workflowId: 'import-2026-11/63cf2f8fe76c/chunk-17',
      attempt: 3,
      taskToken: 'CiQw',
      error: Object.assign(new Error('Kratos answered 503 [run=x]'), { type: 'KratosUnavailable' }),
    });
    logger.info('Worker state changed', { state: 'RUNNING' });
  }, 'json');
  const [first, second, ...more] = text.split('\n');
  expect(more).toEqual(['']);
  const entry = JSON.parse(first!) as Record<string, unknown>;
  expect(entry).toMatchObject({
    level: 'warn',
    message: 'Activity failed',
    workflowId: 'import-2026-11/63cf2f8fe76c/chunk-17',
    import: 'import-2026-11',
    chunk: 17,
    attempt: 3,
    error: { name: 'Error', type: 'KratosUnavailable', message: 'Kratos answered 503 [run=x]' },
  });
  expect(Date.parse(entry['time'] as string)).toBeGreaterThan(0);
  expect(entry).not.toHaveProperty('taskToken');
  expect(JSON.parse(second!)).toMatchObject({ level: 'info', state: 'RUNNING' });
});

it('as JSON an entry has no orders to a terminal and no login, and what came with it replaces no field of its own', () => {
  const text = logged((logger) => {
    const looped: Record<string, unknown> = { url: 'smtp://user:secret@mail', count: 7n };
    looped['again'] = looped;
    logger.error('x\u202ey\x1b[2J', { level: 'info', time: 'now', looped });
  }, 'json');
  const entry = JSON.parse(text) as Record<string, unknown>;
  expect(entry).toMatchObject({ level: 'error', message: 'x\\u{202e}y\\u{1b}[2J' });
  expect(entry['looped']).toMatchObject({ url: 'smtp://mail', count: '7' });
  expect(entry['time']).not.toBe('now');
  expect(text).not.toContain('secret');
});
