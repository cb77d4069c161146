/**
 * The format of what a run leaves for this program to read again: plan, outcomes, journals, ledgers, report. A run may
 * outlive the version that began it, and a worker of an older one may meet what a newer one has written: each file says
 * of which format it is and which version wrote it, and whoever reads it checks that first.
 *
 * A JSON file has both among its fields (`withFormat`), a file of JSON lines in its first line (`FORMAT_LINE`). What has
 * no room for them (the table of chunks, indexes of identity ids) has the format of the plan beside it.
 */
import { VERSION } from '../version.js';

/**
 * Raised when an older version would read what is written now wrongly. What an earlier version wrote is still read:
 * its format number says how.
 */
export const FORMAT = 1;

interface Stamp {
  format: number;
  /** Of the program that wrote it. */
  version: string;
}

/** The first line of a file of JSON lines. */
export const FORMAT_LINE: Readonly<Stamp> = { format: FORMAT, version: VERSION };

/** A value as it is written into a JSON file. One that was read and changed gets the format of today. */
export function withFormat<T extends object>(value: T): T & Stamp {
  // First, for those who read the file.
  return { ...FORMAT_LINE, ...value, ...FORMAT_LINE };
}

/** A file of a run has a format that this version does not know. A worker or a command of the right one reads it. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/**
 * @param what the file, for the message: 'plan.json'
 * @param value what was read of it: the JSON value, or the first line
 * @throws FormatError, which names the version that can read it
 */
export function checkFormat(what: string, value: unknown): void {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (typeof format === 'number' && Number.isInteger(format) && format >= 1 && format <= FORMAT) {
    return;
  }
  if (typeof format !== 'number' || typeof version !== 'string' || !VERSION_PATTERN.test(version)) {
    throw new FormatError(
      `${what} of the run does not say of which format it is. user-import ${VERSION} did not write it, nor did an earlier version: is it damaged?`,
    );
  }
  throw new FormatError(
    `${what} of the run has format ${format}; user-import ${VERSION} reads formats up to ${FORMAT}. user-import ${version} wrote it: use that version, or a later one.`,
  );
}

/** What else might stand there is in no message. */
const VERSION_PATTERN = /^\d{1,6}\.\d{1,6}\.\d{1,6}(-[\w.]{1,40})?$/;
