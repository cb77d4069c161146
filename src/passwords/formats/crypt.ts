/** crypt(3): Unix's shadow file, PHP's and many others'. */
import type { Converted, HashFormat } from './converted.js';
import { cannotCheck } from './unsupported.js';

export const cryptFormat: HashFormat = {
  about: 'crypt(3): `$1$…`, `$5$…`, `$6$…`, `$2y$…`; `!…` and `*…` are no password',
  parts: {},
  convert: ({ hash = '' }) => convertCrypt(hash),
};

const NAMES: Readonly<Record<string, string>> = {
  $1$: 'md5-crypt',
  $5$: 'sha256-crypt',
  $6$: 'sha512-crypt',
};

/** What has a name that Kratos knows is its own. */
export function convertCrypt(hash: string): Converted {
  if (/^[!*]/.test(hash)) return { none: true };
  const name = NAMES[hash.slice(0, 3)];
  if (name !== undefined) return { hash: `$${name}$${hash.slice(3)}` };
  if (/^(?:_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})$/.test(hash)) {
    return { unsupported: cannotCheck('DES of crypt(3)') };
  }
  return { hash };
}
