/** The rules of one cell: from its text to its place in a user, or to the reasons why not. */
import type { CellNote } from '../contract/findings.js';
import { BOUNDS, isLonger } from '../csv/bounds.js';
import { controlIn, hasPiledMarks, isUnusual } from '../identity/characters.js';
import { textReader } from '../identity/cell-text.js';
import { MOST_ENTRIES, traitPathOf, type Column, type Target } from '../identity/columns.js';
import { trimmed } from '../identity/email.js';
import type { ImportRow } from '../identity/identity.js';
import { setAt } from '../identity/json-pointer.js';
import { putEntry, rootOf, splitList } from '../identity/list-cells.js';
import { isNoPassword, saysNothing } from '../identity/nothing.js';
import { traitAt, traitUse, type IdentitySchema, type TraitUse } from '../identity/schema.js';
import { jsonProblem, traitReader } from '../identity/trait-value.js';
import { readVerified } from '../identity/verified.js';
import { passwordHashProblem } from '../passwords/hash-formats.js';
import { looksLikeHash } from '../passwords/looks-like-hash.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import { charactersOfKey, charactersOfText } from './cell-characters.js';
import type { CheckedRow, Report, RowRules } from './checked-row.js';
import { dotted, guesser } from './reasons.js';
import { beginsLikeNumber, digitsOf, isSpreadsheetNumber } from './spreadsheet.js';

/** bcrypt, and so Kratos, refuses longer ones (golang.org/x/crypto/bcrypt). */
const MAX_PASSWORD_BYTES = 72;
const WEAK_PASSWORD_CHARACTERS = 8;
/**
 * Widths of Kratos's columns: identity_credential_identifiers.identifier, identity_*_addresses.value,
 * identities.external_id.
 */
const MAX_CHARACTERS = { identifier: 255, address: 400, externalId: 64 } as const;

/** A column with what its schema and the rules say of it, looked up once. */
interface Reader {
  column: Column;
  textOf: (cells: string[]) => string;
  path: string;
  toTrait: (text: string) => unknown;
  use: TraitUse;
  /** Whether values are compared by their characters, so that one that nobody sees makes another value. */
  isExact: boolean;
  /** Whether blanks around a value can only harm. */
  trims: boolean;
  /** Whether any text will do, so that nothing else tells what a program wrote in the place of a value. */
  isFree: boolean;
  /** What the input's `values` put in the place of cells: none of it is a program's word. */
  meant: ReadonlySet<string> | undefined;
  clear: string | undefined;
  isRequired: boolean;
  mayBeHash: boolean;
}

export function createReader(column: Column, rules: RowRules): Reader {
  const { target, rule } = column;
  const { schema, clear, allow = [] } = rules;
  const steps = 'path' in target ? target.path : [];
  const traitPath = traitPathOf(column);
  const trait = (traitPath && traitAt(schema, traitPath)) ?? {};
  const use = traitUse(trait);
  const isListed = rule === 'role' || (rule === 'tenant' && rules.tenants !== undefined);
  const isExact =
    rule !== undefined ||
    use.identifier ||
    use.address ||
    ['external_id', 'state', 'password_hash'].includes(target.to);
  const isEnum = 'enum' in trait || 'const' in trait;
  const isText = [trait['type'] ?? 'string'].flat().includes('string');
  return {
    column,
    textOf: textReader(column, rules.nothing),
    path: dotted(steps),
    toTrait: traitReader(trait),
    use,
    isExact,
    trims: isExact || isEnum || !isText || 'format' in trait || isVerified(target),
    isFree:
      column.constant === undefined &&
      ('path' in target || target.to === 'external_id') &&
      !isEnum &&
      !isListed &&
      rule !== 'email',
    meant: column.values && new Set(Object.values(column.values)),
    clear,
    isRequired: target.to === 'traits' && isRequiredWithin(schema, target.path),
    mayBeHash: allow.includes('hash-as-password'),
  };
}

function isVerified({ to }: Column['target']): boolean {
  return to === 'email_verified' || to === 'phone_verified';
}

/** Whether an object among the traits cannot be without this one; the traits themselves are checked for all rows. */
function isRequiredWithin(schema: IdentitySchema, path: string[]): boolean {
  const required = path.length > 1 && traitAt(schema, path.slice(0, -1))?.['required'];
  return Array.isArray(required) && required.includes(path.at(-1));
}

/** Puts a cell where its column goes; an empty one goes nowhere. */
export function readCell(reader: Reader, cell: string, checked: CheckedRow, report: Report): void {
  if (cell === '') return;
  const { column } = reader;
  const { rule } = column;
  if (isLonger(cell, BOUNDS.cellBytes)) {
    report('value_too_long', `${placeOf(column)} has more than ${BOUNDS.cellBytes} bytes`);
    if (rule === 'email') report('invalid_email', 'the address is not an email address');
    return;
  }
  const bare = trimmed(cell);
  if (bare === '') return;
  if (bare === reader.clear) {
    clearValue(reader, checked, report);
    return;
  }
  const read = reader.trims ? bare : cell;
  if (read.length > bare.length) addNote('blanks_around', reader, checked);
  const text = isUnusual(read) ? lookCloser(read, reader, checked, report) : read;
  if (text === undefined) return;
  if (reader.isFree && !reader.meant?.has(text)) checkProgramText(bare, reader, checked);
  putValue(text, reader, checked, report);
}

/** @returns the text as it is imported; undefined where it cannot be used at all */
function lookCloser(
  read: string,
  reader: Reader,
  checked: CheckedRow,
  report: Report,
): string | undefined {
  if (isEscaped(read)) addNote('backslash_escape', reader, checked);
  if (read.startsWith("'") && isLeftOver(read, reader)) {
    addNote('leading_apostrophe', reader, checked);
  }
  // As keyboards write it: an identifier in decomposed letters is found by nobody who types it.
  const text = !reader.isExact || hasPiledMarks(read) ? read : read.normalize('NFC');
  return checkCharacters(text, reader, checked, report) ? text : undefined;
}

function putValue(text: string, reader: Reader, checked: CheckedRow, report: Report): void {
  const { importRow } = checked;
  const { target, rule } = reader.column;
  if ('entry' in target && target.entry !== undefined) {
    putEntries(text, reader, target, checked, report);
    return;
  }
  if (rule === 'email') importRow.email = text;
  if (rule === 'role') checked.role ??= text;
  if (rule === 'tenant') checked.tenant = text;

  switch (target.to) {
    case 'traits':
      readTrait(text, reader, target.path, importRow, report);
      break;
    case 'metadata_public':
      setAt(importRow.metadataPublic, target.path, text);
      break;
    case 'metadata_admin':
      setAt(importRow.metadataAdmin, target.path, text);
      break;
    case 'external_id':
      readExternalId(text, importRow, report);
      break;
    case 'state':
      readState(text, importRow, report);
      break;
    case 'password':
      readPassword(text, reader, checked, report);
      break;
    case 'password_hash':
      readPasswordHash(text, importRow, report);
      break;
    case 'email_verified':
    case 'phone_verified':
      putVerified(text, reader, checked, report);
  }
}

/** One entry of a list, or all of them. */
function putEntries(
  text: string,
  reader: Reader,
  { to, path, entry }: Extract<Target, { path: string[] }>,
  { importRow }: CheckedRow,
  report: Report,
): void {
  const texts = entry === 'each' ? splitList(text) : [text];
  if (texts.length > MOST_ENTRIES) {
    report('value_too_long', `${placeOf(reader.column)} holds more than ${MOST_ENTRIES} entries`);
    return;
  }
  for (const [i, each] of texts.entries()) {
    if (to === 'traits') checkTraitLength(each, reader, report);
    const value = to === 'traits' ? reader.toTrait(each) : each;
    const problem = typeof value === 'object' ? jsonProblem(value) : undefined;
    if (problem) report('value_too_long', `${placeOf(reader.column)} ${problem}`);
    else putEntry(rootOf(importRow, to), path, entry === 'each' ? i : entry!, value);
  }
}

function putVerified(text: string, reader: Reader, checked: CheckedRow, report: Report): void {
  const { column } = reader;
  const verified = readVerified(text);
  if (verified === undefined) {
    const what = `${placeOf(column)} is neither a word for yes or no nor a date`;
    report('invalid_verified', `${what}; map its words by "values"`);
  } else if (column.target.to === 'email_verified') checked.importRow.emailVerified = verified;
  else checked.importRow.phoneVerified = verified;
}

function addNote(code: CellNote['code'], { column }: Reader, { notes }: CheckedRow): void {
  notes.push({ code, column: column.index });
}

/** The value of an existing user goes; a new one never had it. */
function clearValue(
  { column, path, isRequired }: Reader,
  checked: CheckedRow,
  report: Report,
): void {
  const { target, rule, index } = column;
  if (rule === 'email') report('invalid_email', 'the address cannot be cleared');
  else if ('entry' in target && typeof target.entry === 'number')
    report('schema_violation', `an entry of the list ${path} cannot be cleared by itself`);
  else if (isVerified(target))
    report('invalid_verified', 'whether an address is verified cannot be cleared');
  else if (target.to === 'password') report('null_literal', 'a password cannot be cleared');
  else if (target.to === 'password_hash')
    report('invalid_password_hash', 'a password hash cannot be cleared');
  else if (target.to === 'state') report('invalid_state', 'the state cannot be cleared');
  else if (isRequired)
    report('schema_violation', `the trait ${path} is required, so that it cannot be cleared`);
  else (checked.importRow.cleared ??= []).push(index);
}

/** @returns whether the value can be used at all */
function checkCharacters(
  text: string,
  reader: Reader,
  checked: CheckedRow,
  report: Report,
): boolean {
  const { column, isExact } = reader;
  const control = controlIn(text);
  if (control) {
    report('schema_violation', `${placeOf(column)} holds the control character ${control.name}`);
    if (column.rule === 'email') report('invalid_email', 'the address is not an email address');
    return false;
  }
  const { refused, notes } = isExact
    ? charactersOfKey(text)
    : charactersOfText(text, column.target.to === 'password');
  for (const { code, reason } of refused) report(code, `${placeOf(column)} ${reason}`);
  for (const code of notes) addNote(code, reader, checked);
  if (notes.includes('replacement_character')) keepExisting(reader, checked);
  return true;
}

function keepExisting({ column }: Reader, { importRow }: CheckedRow): void {
  (importRow.keepsExisting ??= []).push(column.index);
}

/** What a program or a spreadsheet has written in the place of a value. */
function checkProgramText(text: string, reader: Reader, checked: CheckedRow): void {
  if (saysNothing(text)) {
    addNote('null_literal', reader, checked);
    keepExisting(reader, checked);
  } else if (beginsLikeNumber(text)) checkNumber(text, reader, checked);
}

function checkNumber(text: string, reader: Reader, checked: CheckedRow): void {
  if (isSpreadsheetNumber(text)) {
    addNote('spreadsheet_number', reader, checked);
    keepExisting(reader, checked);
  }
  const digits = digitsOf(text, reader.column.index);
  if (digits) (checked.digits ??= []).push(digits);
}

/** `\\\\` for a backslash, or one before what ended the cell: another program's way of quoting. */
function isEscaped(text: string): boolean {
  return /\\\\|\\$/.test(text);
}

/** A spreadsheet's mark for text, or an export's against formulas: nobody's address or user name begins with it. */
function isLeftOver(text: string, { column, isExact }: Reader): boolean {
  return isExact || (column.target.to !== 'password' && /^'[=+@-]/.test(text));
}

function placeOf({ index, name, constant }: Column): string {
  return constant === undefined ? `column ${index + 1}` : `the default "${name}"`;
}

function readTrait(
  text: string,
  reader: Reader,
  path: string[],
  importRow: ImportRow,
  report: Report,
): void {
  checkTraitLength(text, reader, report);
  const value = reader.toTrait(text);
  const problem = typeof value === 'object' ? jsonProblem(value) : undefined;
  if (problem) report('value_too_long', `the trait ${reader.path} ${problem}`);
  else setAt(importRow.traits, path, value);
}

function readExternalId(text: string, importRow: ImportRow, report: Report): void {
  importRow.externalId = text;
  const most = MAX_CHARACTERS.externalId;
  if ([...text].length > most) {
    report('value_too_long', `external_id has more than ${most} characters`);
  }
}

function readState(text: string, importRow: ImportRow, report: Report): void {
  if (text === 'active' || text === 'inactive') importRow.state = text;
  else report('invalid_state', `the state is neither active nor inactive${meantState(text)}`);
}

const meantState = guesser(['active', 'inactive']);

function readPassword(text: string, reader: Reader, checked: CheckedRow, report: Report): void {
  const bare = trimmed(text);
  if (saysNothing(bare) || isNoPassword(bare)) {
    report('null_literal', 'the password is a word or a mask for no value');
    return;
  }
  if (beginsLikeNumber(bare)) checkNumber(bare, reader, checked);
  checked.importRow.password = text;
  if (looksLikeHash(bare) && !reader.mayBeHash) {
    report('hash_as_password', `the password looks like a hash, whose column is password_hash`);
  }
  if (Buffer.byteLength(text) > MAX_PASSWORD_BYTES) {
    report('password_too_long', `the password has more than ${MAX_PASSWORD_BYTES} bytes`);
  }
  // No character has more than two UTF-16 units, so that most passwords need no counting.
  const isLong = text.length >= WEAK_PASSWORD_CHARACTERS * 2;
  if (!isLong && [...text].length < WEAK_PASSWORD_CHARACTERS) {
    addNote('weak_password', reader, checked);
  }
}

function readPasswordHash(text: string, importRow: ImportRow, report: Report): void {
  const problem = passwordHashProblem(text);
  if (problem) report('invalid_password_hash', `the password hash ${problem}`);
  // Exported from another Kratos, of a user who never chose a password: this one is without, too.
  if (!isPlaceholderHash(text)) importRow.passwordHash = text;
}

function checkTraitLength(text: string, { path, use }: Reader, report: Report): void {
  const most = use.identifier
    ? MAX_CHARACTERS.identifier
    : use.address
      ? MAX_CHARACTERS.address
      : Infinity;
  // Characters are never more than UTF-16 units, so that most values need no counting.
  if (text.length > most && [...text].length > most) {
    report('value_too_long', `the trait ${path} has more than ${most} characters`);
  }
}
