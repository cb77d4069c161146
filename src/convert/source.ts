/** What a source of users is, and how those whose files are JSON are read. */
import type { Parts } from '../passwords/formats/converted.js';
import { ConvertError } from './convert-error.js';
import { UnreadableRecord, type ForeignUser, type LeftOut } from './foreign-user.js';
import type { InputFile } from './input-file.js';
import { JsonError, readJson, type JsonRecord } from './read-json.js';

/** What the operator says beside the files. */
export interface ReadOptions {
  /** The parameters of a Firebase project, as parts of `password_hash.firebase`. */
  hashParameters?: Parts | undefined;
}

/** What a record of the users came to. */
export type Read =
  ForeignUser | LeftOut | { unreadable: string; file: InputFile; start: number; record: number };

/** The users of some files. They are read twice: the columns are known only once all have been seen. */
export interface Users {
  read: () => AsyncGenerator<Read>;
  /** What was left of the other files once all users were read, by what it is. */
  left?: () => Record<string, number>;
}

export interface Source {
  /** As a person names it. */
  title: string;
  /** The files that it is converted from, for the help and for messages. */
  files: string;
  /** @throws ConvertError when the files are others */
  open: (files: InputFile[], options: ReadOptions) => Promise<Users>;
}

/**
 * The records of a JSON file.
 * @throws ConvertError with the line at which it is not JSON
 */
export async function* readRecords(
  file: InputFile,
  places: string[] = placesOfList(file),
): AsyncGenerator<JsonRecord> {
  refuseOther(file);
  try {
    yield* readJson(file.bytes(), places);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new ConvertError(
      `${await file.placeOf(error.at)}: the file ${error.message}. Nothing was written; get the export again, or correct it there.`,
    );
  }
}

/** A list, or one record after the other. */
function placesOfList(file: InputFile): string[] {
  return startsWith(file, '[') ? ['$.*'] : ['$'];
}

export function startsWith(file: InputFile, text: string): boolean {
  return textOf(file).startsWith(text);
}

function textOf({ start }: InputFile): string {
  return start
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart();
}

function refuseOther(file: InputFile): void {
  const text = textOf(file);
  if (/^[[{]/.test(text)) return;
  const [line = ''] = text.split('\n');
  const isCsv = /[,;\t]/.test(line);
  throw new ConvertError(
    isCsv
      ? `${file.name} looks like a CSV, and JSON is expected. A CSV needs no conversion: user-import start ${file.name} --from <preset>.`
      : `${file.name} is not JSON: it begins with neither { nor [.`,
  );
}

/** The first record of a file, by which the file is known. */
export async function firstRecord(file: InputFile, places?: string[]): Promise<unknown> {
  for await (const { value } of readRecords(file, places)) return value;
  return undefined;
}

/** The users of records, of which an unreadable one costs only itself. */
export async function* readUsers(
  files: readonly InputFile[],
  toUser: (value: unknown) => ForeignUser | LeftOut,
  placesOf?: (file: InputFile) => string[],
): AsyncGenerator<Read> {
  for (const file of files) {
    let record = 0;
    for await (const { value, start } of readRecords(file, placesOf?.(file))) {
      record++;
      try {
        yield toUser(value);
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        yield { unreadable: error.message, file, start, record };
      }
    }
  }
}

/** The parts of an answer that is an error, so that it is not taken for users. */
function looksLikeError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['error', 'statusCode', 'errorCode', 'errorSummary', '__type'].some((key) =>
    Object.hasOwn(value, key),
  );
}

/** @param found what the file holds, where that is known */
export function wrongFile(file: InputFile, expected: string, found: unknown): ConvertError {
  const what = looksLikeError(found) ? ' but the answer of an API with an error' : '';
  return new ConvertError(`${file.name} holds no users${what}. Expected: ${expected}.`);
}
