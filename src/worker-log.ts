/** The worker's log, on the standard error: its own entries, and those of Temporal's core. */
import { inspect } from 'node:util';
import { DefaultLogger, type RuntimeOptions } from '@temporalio/worker';
import type { LogLevel } from './config.js';
import { printableLines } from './printable.js';

/** The continuation of an entry, such as a stack: no value can begin an entry of its own. */
const CONTINUED = '\n    ';

/** Core and worker write to one log, since only ours shows control characters in place of writing them. */
export function logOptions(level: LogLevel): RuntimeOptions {
  const logger = new DefaultLogger(level, ({ level: of, message, meta, timestampNanos }) => {
    const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const details = meta === undefined ? '' : ` ${inspect(meta, { breakLength: Infinity })}`;
    const lines = printableLines(`${at} [${of}] ${message}${details}`);
    process.stderr.write(`${lines.join(CONTINUED)}\n`);
  });
  const core = level === 'INFO' ? 'WARN' : level;
  return {
    logger,
    telemetryOptions: { logging: { filter: { core, other: 'ERROR' }, forward: {} } },
  };
}
