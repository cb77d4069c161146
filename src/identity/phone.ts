/** Phone numbers as Kratos understands them: its library is a port of Google's, which this one is made from. */
import { createRequire } from 'node:module';

type Library = typeof import('google-libphonenumber');

/**
 * The number as `+491701234567` (E.164), by which Kratos knows users who sign in with a code by SMS.
 * @returns undefined for what is no number with its country code, or none that the country gives out
 */
export function phoneNumber(text: string): string | undefined {
  if (!MAY_BE_NUMBER.test(text)) return undefined;
  if (last.text !== text) last = { text, number: parse(text) };
  return last.number;
}

/** A row's own rule, the schema and the search for duplicates ask for the same number. */
let last: { text: string; number: string | undefined } = { text: '', number: undefined };

function parse(text: string): string | undefined {
  const { util, E164 } = library();
  try {
    const number = util.parse(text);
    return util.isValidNumber(number) ? util.format(number, E164) : undefined;
  } catch {
    return undefined;
  }
}

/** A number has its country code behind a plus, which may be a wide one, or beside it (RFC 3966). */
const MAY_BE_NUMBER = /[+\uff0b]|;phone-context=/;

let loaded: ReturnType<typeof load> | undefined;

/** Loaded when the first number comes: few files have any, and every command would wait for it. */
function library(): ReturnType<typeof load> {
  return (loaded ??= load());
}

function load() {
  const require = createRequire(import.meta.url);
  const { PhoneNumberUtil, PhoneNumberFormat } = require('google-libphonenumber') as Library;
  return { util: PhoneNumberUtil.getInstance(), E164: PhoneNumberFormat.E164 };
}
