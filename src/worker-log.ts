/** The worker's log, on the standard error: its own entries, and those of Temporal's core. */
import { inspect } from 'node:util';
import { DefaultLogger, type LogEntry, type RuntimeOptions } from '@temporalio/worker';
import type { LogFormat, LogLevel } from './config.js';
import { placeInImport } from './contract/ids.js';
import { printableLines } from './printable.js';

/** The continuation of an entry, such as a stack: no value can begin an entry of its own. */
const CONTINUED = '\n    ';
/** So deep an entry's objects are shown. */
const MOST_LEVELS = 4;
/** Says nothing to a person. */
const LEFT_OUT = ['taskToken'];

/** Core and worker write to one log, since only ours shows control characters in place of writing them. */
export function logOptions(level: LogLevel, format: LogFormat): RuntimeOptions {
  const toText = format === 'json' ? asJson : asText;
  const logger = new DefaultLogger(level, (entry) => {
    process.stderr.write(`${toText(entry)}\n`);
  });
  const core = level === 'INFO' ? 'WARN' : level;
  return {
    logger,
    telemetryOptions: { logging: { filter: { core, other: 'ERROR' }, forward: {} } },
  };
}

function timeOf({ timestampNanos }: LogEntry): string {
  return new Date(Number(timestampNanos / 1_000_000n)).toISOString();
}

function asText(entry: LogEntry): string {
  const { level, message, meta } = entry;
  const details = meta === undefined ? '' : ` ${inspect(meta, { breakLength: Infinity })}`;
  return printableLines(`${timeOf(entry)} [${level}] ${message}${details}`).join(CONTINUED);
}

/** One object a line: what every entry has first, then where it belongs to, then what else came with it. */
function asJson(entry: LogEntry): string {
  const { level, message, meta = {} } = entry;
  const { workflowId } = meta as { workflowId?: unknown };
  const place = typeof workflowId === 'string' ? placeInImport(workflowId) : {};
  const own = { time: timeOf(entry), level: level.toLowerCase(), message: printableText(message) };
  const others = toPlain(meta, MOST_LEVELS) as Record<string, unknown>;
  return JSON.stringify({ ...own, ...(toPlain(place, 1) as object), ...others, ...own });
}

/** What JSON can hold of a value, with the same text as the log in words has. */
function toPlain(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return printableText(value);
  if (value instanceof Error) return errorToPlain(value, levels);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return undefined;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => toPlain(item, levels - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !LEFT_OUT.includes(name))
      .map(([name, item]) => [printableText(name), toPlain(item, levels - 1)]),
  );
}

function errorToPlain(error: Error, levels: number): object {
  const { name, message, stack, cause } = error;
  const { type } = error as { type?: unknown };
  return {
    name,
    type: typeof type === 'string' ? printableText(type) : undefined,
    message: printableText(message),
    stack: stack === undefined ? undefined : printableText(stack),
    cause: cause === undefined || levels === 0 ? undefined : toPlain(cause, levels - 1),
  };
}

function printableText(text: string): string {
  return printableLines(text).join('\n');
}
