/**
 * Password hashes as other products export them, made what Kratos compares at login. Pure.
 *
 * Nothing that leaves here has a problem that `passwordHashProblem` knows, and nothing throws, whatever a cell holds.
 */
import { passwordHashFault } from '../hash-formats.js';
import { isPlaceholderHash } from '../placeholder.js';
import type { Converted, Parts } from './converted.js';
import { HASH_FORMATS, type HashFormatName } from './formats.js';
import { formatByShape, otherHint } from './shapes.js';
import { unsupportedKind } from './unsupported.js';

/**
 * @param format `undefined` where the hash itself says what it is
 * @param parts `hash` is the value of the target without a part
 */
export function kratosHash(format: HashFormatName | undefined, parts: Parts): Converted {
  const given = trimmedParts(parts);
  const { hash = '' } = given;
  if (!hasHash(format, given)) return { none: true };
  if (isPlaceholderHash(hash)) return { none: true };
  const converted = format === undefined ? byShape(hash) : HASH_FORMATS[format].convert(given);
  if ('plain' in converted) return converted;
  const unsupported = unsupportedKind(hash);
  if (unsupported !== undefined) return { unsupported };
  return 'hash' in converted ? (faultOf(converted.hash) ?? converted) : converted;
}

/** No hash has blanks around it; a salt that is text may. */
function trimmedParts(parts: Parts): Parts {
  const given: Record<string, string> = {};
  for (const [name, text = ''] of Object.entries(parts)) {
    const read = name === 'salt' || name === 'key' ? text : text.trim();
    if (read !== '') given[name] = read;
  }
  return given;
}

function hasHash(format: HashFormatName | undefined, given: Parts): boolean {
  const { carriers = ['hash'] } = format === undefined ? {} : HASH_FORMATS[format];
  return carriers.some((part) => given[part] !== undefined);
}

function byShape(hash: string): Converted {
  const format = formatByShape(hash);
  if (format !== undefined) return HASH_FORMATS[format].convert({ hash });
  const hint = otherHint(hash);
  return hint === undefined ? { hash } : { problem: hint };
}

/** Also of what a format has left as it was. */
function faultOf(hash: string): Converted | undefined {
  const unsupported = unsupportedKind(hash);
  return unsupported === undefined ? passwordHashFault(hash) : { unsupported };
}
