/** Which encoding a file has: told, or known by a byte order mark, never guessed from its letters. */
import type { Encoding } from '../contract/dialect.js';
import { tellCsv } from '../contract/import/csv-settings.js';
import { readFully, type ByteSource } from './byte-source.js';
import { looksLikeUtf16, MARK_BYTES, markOf } from './encoding.js';
import { FileError } from './file-error.js';

/** @throws FileError `invalid_encoding` where what is told, or nothing told, cannot be right */
export async function findEncoding(
  file: ByteSource,
  told: Encoding | undefined,
): Promise<{ encoding: Encoding; markBytes: number }> {
  const start = await readFully(file, 0, Math.max(MARK_BYTES, ZIP.length));
  if (start.equals(ZIP)) {
    throw refusal('it is an Excel workbook or another ZIP archive. Save it as "CSV UTF-8".');
  }
  const mark = markOf(start);
  if (mark) {
    if (told !== undefined && told !== mark.encoding) {
      throw refusal(
        `it begins with the byte order mark of ${mark.encoding}, and the input's csv.encoding is ${told}. Leave out that setting.`,
      );
    }
    return { encoding: mark.encoding, markBytes: mark.bytes };
  }
  if (told !== undefined) return { encoding: told, markBytes: 0 };
  const utf16 = looksLikeUtf16(start);
  if (utf16) {
    throw refusal(
      `it is UTF-16 without a byte order mark. Tell it with ${tellCsv('encoding', utf16)}, or save it as "CSV UTF-8".`,
    );
  }
  return { encoding: 'utf-8', markBytes: 0 };
}

const ZIP = Buffer.from('PK\x03\x04', 'latin1');

function refusal(why: string): FileError {
  return new FileError({
    code: 'invalid_encoding',
    line: 1,
    byte: 0,
    message: `invalid_encoding: the file is not read as UTF-8: ${why}`,
  });
}
