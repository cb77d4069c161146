/** What a column says of an address that was verified: whether it was, or when. */
import { asBoolean } from './trait-value.js';

/** @returns undefined where the cell says neither */
export function readVerified(cell: string): boolean | undefined {
  const truth = asBoolean(cell);
  if (truth !== undefined) return truth;
  // MySQL writes a date that there is not as one of zeros.
  if (NO_TIME.test(cell)) return false;
  return isTime(cell) ? true : undefined;
}

const NO_TIME = /^0000-00-00(?:[T ]00:00:00(?:\.0+)?)?$/;
/** As databases write them, with a fraction and a zone or without; and seconds or milliseconds since 1970. */
const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?))?)?$/i;
const SINCE_1970 = /^\d{9,10}$|^\d{12,13}$/;

function isTime(cell: string): boolean {
  return TIME.test(cell) || SINCE_1970.test(cell);
}
