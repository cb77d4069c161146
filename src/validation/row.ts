/** The rules of one row: from its cells to a user that can be imported, or to every reason why not. */
import type { RowCode, RowProblem } from '../contract/codes.js';
import type { CellNote } from '../contract/findings.js';
import type { Allowable } from '../contract/import/input.js';
import { BOUNDS, isLonger } from '../csv/bounds.js';
import { checkWidth, wholeRows, type RowShape } from '../csv/row-shape.js';
import { controlIn, hasPiledMarks, isUnusual } from '../identity/characters.js';
import { addressPath, type Column, type ColumnMap } from '../identity/columns.js';
import { textReader } from '../identity/cell-text.js';
import { normalizeIdentifier, isAddress, trimmed } from '../identity/email.js';
import { claimReader, type Claim } from '../identity/identifiers.js';
import type { ImportRow } from '../identity/identity.js';
import { valueAt, type JsonObject } from '../identity/json-pointer.js';
import { sameTexts } from '../identity/nearest.js';
import { isNoPassword, saysNothing } from '../identity/nothing.js';
import {
  compileTraitCheck,
  traitAt,
  traitUse,
  type IdentitySchema,
  type TraitUse,
} from '../identity/schema.js';
import { passwordHashProblem } from '../passwords/hash-formats.js';
import { looksLikeHash } from '../passwords/looks-like-hash.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import { jsonProblem, traitReader } from '../identity/trait-value.js';
import { charactersOfKey, charactersOfText } from './cell-characters.js';
import { beginsLikeNumber, digitsOf, isSpreadsheetNumber, type Digits } from './spreadsheet.js';

export interface CheckedRow {
  importRow: ImportRow;
  problems: RowProblem[];
  notes: CellNote[];
  /** The address as Kratos compares it; absent when the row has none. */
  address?: string;
  /** What else of the row no other one may have. */
  claims: readonly Claim[];
  role?: string;
  tenant?: string;
  /** Cells that hold nothing but digits; absent where none does. */
  digits?: Digits[];
}

export interface RowRules {
  map: ColumnMap;
  /** Absent: a row has as many cells as the header. */
  shape?: RowShape;
  schema: IdentitySchema;
  roles: readonly string[];
  /** Absent when the worker knows no tenants: any is taken. */
  tenants?: readonly string[];
  /** What the import does only when asked to. */
  allow?: readonly Allowable[];
  /** Cells that are read as empty. */
  nothing?: readonly string[];
  /** The cell that clears the value of an existing user. */
  clear?: string | undefined;
}

/** bcrypt, and so Kratos, refuses longer ones (golang.org/x/crypto/bcrypt). */
const MAX_PASSWORD_BYTES = 72;
const WEAK_PASSWORD_CHARACTERS = 8;
/**
 * Widths of Kratos's columns: identity_credential_identifiers.identifier, identity_*_addresses.value,
 * identities.external_id.
 */
const MAX_CHARACTERS = { identifier: 255, address: 400, externalId: 64 } as const;

/** A schema can have many rules, and a file many rows that break them all. */
const MAX_REASON_LENGTH = 2000;

/** Prepares the rules once, so that each row costs only its own checks. */
export function createRowCheck(rules: RowRules): (cells: string[]) => CheckedRow {
  const check = createCheck(rules);
  return (cells) => {
    try {
      return check(cells);
    } catch (error) {
      return faultOf(error);
    }
  };
}

/** No rule is meant to throw. The rows beside this one have done nothing to be held up by it. */
function faultOf(error: unknown): CheckedRow {
  const name = error instanceof Error ? error.constructor.name : typeof error;
  return {
    importRow: noRow(),
    problems: [{ code: 'program_fault', reason: `this program failed on the row (${name})` }],
    notes: [],
    claims: [],
  };
}

function noRow(): ImportRow {
  return { email: '', traits: {}, metadataPublic: {}, metadataAdmin: {} };
}

function createCheck(rules: RowRules): (cells: string[]) => CheckedRow {
  const readers = rules.map.columns.map((column) => createReader(column, rules));
  const checkList = listCheck(rules);
  const checkTraits = traitsCheck(rules);
  const claimsOf = claimReader(rules.schema, addressPath(rules.map));
  const shape = rules.shape ?? wholeRows(rules.map);

  return (cells) => {
    const checked: CheckedRow = { importRow: noRow(), problems: [], notes: [], claims: [] };
    const report: Report = (code, reason) => void checked.problems.push({ code, reason });
    noteWidth(cells, shape, checked, report);
    checkSize(cells, report);
    for (const reader of readers) {
      readCell(reader, reader.textOf(cells), checked, report);
    }
    checkAddress(checked, report);
    checkList(cells, report);
    checkCredential(checked.importRow, report);
    checkTraits(checked, report);
    const { traits, externalId } = checked.importRow;
    checked.claims = claimsOf(traits, externalId);
    return checked;
  };
}

type Report = (code: RowCode, reason: string) => void;

function noteWidth(cells: string[], shape: RowShape, checked: CheckedRow, report: Report): void {
  const found = checkWidth(cells, shape);
  if (!found) return;
  if ('refused' in found) report('wrong_column_count', found.refused);
  else checked.notes.push({ code: found.note, column: found.column });
}

/** Without the quotes of its cells, which the file could do without. */
function checkSize(cells: string[], report: Report): void {
  let length = cells.length;
  for (const cell of cells) length += cell.length;
  // Characters of UTF-16 have three bytes at most: nearly all rows are found short without counting bytes.
  if (length * 3 <= BOUNDS.rowBytes || !isLonger(cells.join(), BOUNDS.rowBytes)) return;
  report('value_too_long', `the row has more than ${BOUNDS.rowBytes} bytes`);
}

function checkAddress(checked: CheckedRow, report: Report): void {
  const { email } = checked.importRow;
  if (email === '') {
    // One that is given but cannot be read has its code already.
    if (checked.problems.some(({ code }) => code === 'invalid_email')) return;
    report('missing_email', 'the row has no address');
    return;
  }
  checked.address = normalizeIdentifier(email);
  if (!isAddress(email)) report('invalid_email', 'the address is not an email address');
}

/** Roles and tenants, each of a list. */
function listCheck(rules: RowRules): (cells: string[], report: Report) => void {
  const roles = new Set(rules.roles);
  const more = rules.roles.length > 20 ? ', …' : '';
  const allowed = `${rules.roles.slice(0, 20).join(', ')}${more}`;
  const tenants = rules.tenants && new Set(rules.tenants);
  const columns = rules.map.columns
    .filter(({ rule }) => rule === 'role' || rule === 'tenant')
    .map((column) => ({ rule: column.rule, textOf: textReader(column, rules.nothing) }));
  const meantRole = guesser(rules.roles);
  const meantTenant = guesser(rules.tenants ?? []);
  return (cells, report) => {
    for (const { rule, textOf } of columns) {
      const text = trimmed(textOf(cells));
      if (text === '' || text === rules.clear) continue;
      if (rule === 'role' && !roles.has(text)) {
        report('invalid_role', `the role must be one of ${allowed}${meantRole(text)}`);
      }
      if (rule === 'tenant' && tenants && !tenants.has(text)) {
        report('unknown_tenant', `the tenant is not in the worker's list${meantTenant(text)}`);
      }
    }
  };
}

/** The end of a reason: it names what is allowed, never what stands in the row. */
function guesser(allowed: readonly string[]): (text: string) => string {
  const meantBy = sameTexts(allowed);
  return (text) => {
    const meant = meantBy(text);
    return meant === undefined ? '' : `; did you mean ${meant}?`;
  };
}

function checkCredential({ password, passwordHash }: ImportRow, report: Report): void {
  if (password === undefined || passwordHash === undefined) return;
  report('invalid_password_hash', 'the row gives both a password and a password hash; keep one');
}

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

function createReader(column: Column, rules: RowRules): Reader {
  const { target, rule } = column;
  const { schema, clear, allow = [] } = rules;
  const steps = 'path' in target ? target.path : [];
  const trait = (target.to === 'traits' ? traitAt(schema, steps) : undefined) ?? {};
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
    trims: isExact || isEnum || !isText || 'format' in trait,
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

/** Whether an object among the traits cannot be without this one; the traits themselves are checked for all rows. */
function isRequiredWithin(schema: IdentitySchema, path: string[]): boolean {
  const required = path.length > 1 && traitAt(schema, path.slice(0, -1))?.['required'];
  return Array.isArray(required) && required.includes(path.at(-1));
}

/** Puts a cell where its column goes; an empty one goes nowhere. */
function readCell(reader: Reader, cell: string, checked: CheckedRow, report: Report): void {
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
  }
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
  if (isSpreadsheetNumber(text)) addNote('spreadsheet_number', reader, checked);
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

function setAt(object: JsonObject, path: string[], value: unknown): void {
  const last = path.length - 1;
  let node = object;
  for (let i = 0; i < last; i++) node = (node[path[i]!] ??= {}) as JsonObject;
  node[path[last]!] = value;
}

/** The schema's own rules. */
function traitsCheck({ map, schema }: RowRules): (checked: CheckedRow, report: Report) => void {
  const check = compileTraitCheck(schema);
  const emailPath = dotted(addressPath(map));
  const traitPaths = map.columns.flatMap(({ target }) =>
    target.to === 'traits' ? [dotted(target.path)] : [],
  );
  const meantIn = enumGuessers({ map, schema });
  return ({ importRow, problems }, report) => {
    const found = check(importRow.traits);
    if (found.length === 0) return;
    // The address has codes of its own, so that one fault of it is not reported twice.
    const isReported = problems.some(
      ({ code }) => code === 'missing_email' || code === 'invalid_email',
    );
    const broken = found.filter(({ path }) => !(isReported && isWithin(emailPath, path)));
    if (broken.length === 0) return;
    const reasons = broken.map(({ path, rule }) => {
      // Below a column's own trait are the keys that its cell gives, which are values of the row.
      const trait = traitPaths.find((mapped) => isWithin(path, mapped)) ?? path;
      const meant = meantIn.get(path)?.(importRow.traits) ?? '';
      return trait === '' ? `the traits: ${rule}` : `the trait ${trait} ${rule}${meant}`;
    });
    report('schema_violation', shortened([...new Set(reasons)].join('; ')));
  };
}

/** For each trait that must be one of some texts, the one that a row's traits most likely mean. */
function enumGuessers({
  map,
  schema,
}: Pick<RowRules, 'map' | 'schema'>): Map<string, (traits: JsonObject) => string> {
  const guessers = map.columns.flatMap(({ target }) => {
    const allowed = target.to === 'traits' && traitAt(schema, target.path)?.['enum'];
    if (target.to !== 'traits' || !Array.isArray(allowed)) return [];
    const meant = guesser(allowed.filter((value) => typeof value === 'string'));
    const guess = (traits: JsonObject) => {
      const value = valueAt(traits, target.path);
      return typeof value === 'string' ? meant(value) : '';
    };
    return [[dotted(target.path), guess] as const];
  });
  return new Map(guessers);
}

/** What is wrong with the input's defaults, which would be wrong in every row. */
export function defaultProblems(rules: RowRules): string[] {
  const checkTraits = compileTraitCheck(rules.schema);
  return rules.map.columns.flatMap((column) => {
    const { name, target, constant } = column;
    if (constant === undefined) return [];
    const checked: CheckedRow = { importRow: noRow(), problems: [], notes: [], claims: [] };
    const reasons: string[] = [];
    const report: Report = (_code, reason) => void reasons.push(reason);
    const reader = createReader(column, rules);
    if (constant === rules.clear) reasons.push('it would clear values of existing users');
    if (reader.use.identifier) reasons.push('users sign in with it, so it is different for each');
    readCell(reader, constant, checked, report);
    listCheck({ ...rules, map: { ...rules.map, columns: [column] } })([], report);
    const trait = target.to === 'traits' ? dotted(target.path) : undefined;
    for (const { path, rule } of checkTraits(checked.importRow.traits)) {
      if (trait !== undefined && isWithin(path, trait)) reasons.push(`the trait ${path} ${rule}`);
    }
    return reasons.map((reason) => `defaults: "${name}": ${reason}.`);
  });
}

/** Why a row is refused, in words, for its line of rejects.csv. */
export function reasonOf(problems: RowProblem[]): string {
  return shortened(problems.map(({ reason }) => reason).join('; '));
}

function shortened(reason: string): string {
  return reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason;
}

function dotted(path: string[]): string {
  return path.join('.');
}

/** Whether a path is another one or lies below it. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}
