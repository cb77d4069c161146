/** The password hash of a row, made what Kratos compares of all the columns that it stands in. */
import type { HashTarget } from '../identity/columns.js';
import { isHashFormat } from '../passwords/formats/formats.js';
import { kratosHash } from '../passwords/formats/kratos-hash.js';
import type { CheckedRow, Report, RowRules } from './checked-row.js';

/** Reads what the cells of the row have given; does nothing for a file without hashes. */
export type ReadPasswordHash = (checked: CheckedRow, report: Report) => void;

export function addHashPart(
  text: string,
  { format, part = 'hash' }: HashTarget,
  checked: CheckedRow,
): void {
  const parts = (checked.hashParts ??= {});
  // Under no name where the hash says itself what it is.
  (parts[format ?? ''] ??= {})[part] = text;
}

/** @param readPlain takes a password that stands in the place of a hash */
export function hashReader(
  rules: RowRules,
  readPlain: (text: string, checked: CheckedRow, report: Report) => void,
): ReadPasswordHash {
  const column = rules.map.columns.find(({ target }) => target.to === 'password_hash');
  if (!column) return () => undefined;
  return (checked, report) => {
    for (const [format, parts] of Object.entries(checked.hashParts ?? {})) {
      const project = format === 'firebase' ? rules.projectParameters?.firebase : undefined;
      const name = isHashFormat(format) ? format : undefined;
      const converted = kratosHash(name, { ...project, ...parts });
      if ('hash' in converted) {
        if (checked.importRow.passwordHash !== undefined) {
          report('invalid_password_hash', 'the row gives two password hashes; keep one');
        }
        checked.importRow.passwordHash = converted.hash;
      } else if ('plain' in converted) {
        readPlain(parts['hash']!, checked, report);
      } else if ('problem' in converted) {
        report('invalid_password_hash', `the password hash ${converted.problem}`);
      } else if ('withheld' in converted) {
        checked.withheld = `the password hash ${converted.withheld}`;
        report('invalid_password_hash', checked.withheld);
      } else if ('unsupported' in converted) {
        readUnsupported(converted.unsupported, column.index, rules, checked, report);
      }
    }
  };
}

function readUnsupported(
  reason: string,
  column: number,
  { onUnsupportedHash }: RowRules,
  checked: CheckedRow,
  report: Report,
): void {
  if (onUnsupportedHash === undefined || onUnsupportedHash === 'refuse') {
    report('unsupported_password_hash', `the password hash ${reason}`);
    return;
  }
  checked.notes.push({ code: 'unsupported_password_hash', column });
  if (onUnsupportedHash === 'hook') checked.importRow.passwordHook = true;
}
