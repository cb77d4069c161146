/** The rules of one cell: from its text to its place in a user, or to the reasons why not. */
import type { CellNote } from '../contract/findings.js';
import { ROW_ACTIONS } from '../contract/import/input.js';
import { BOUNDS, isLonger } from '../csv/bounds.js';
import { controlIn, isUnusual, typedForm } from '../identity/characters.js';
import { textReader } from '../identity/cell-text.js';
import {
  MOST_ENTRIES,
  traitPathOf,
  type Column,
  type HashTarget,
  type Target,
} from '../identity/columns.js';
import { trimmed } from '../identity/email.js';
import type { ImportRow, SignIn } from '../identity/identity.js';
import { instantOf } from '../identity/instant.js';
import { setAt } from '../identity/json-pointer.js';
import { putEntry, rootOf, splitList } from '../identity/list-cells.js';
import { isNoPassword, saysNothing } from '../identity/nothing.js';
import { traitAt, traitUse, type IdentitySchema, type TraitUse } from '../identity/schema.js';
import { jsonProblem, traitReader } from '../identity/trait-value.js';
import { readVerified } from '../identity/verified.js';
import { hashTarget } from '../passwords/formats/shapes.js';
import { looksLikeHash } from '../passwords/looks-like-hash.js';
import { charactersOfKey, charactersOfText } from './cell-characters.js';
import type { CheckedRow, Report, RowRules } from './checked-row.js';
import { jsonReader } from './json-cell.js';
import { lengthProblem } from './key-length.js';
import { readOtherCredential, subjectProblem, unknownProvider } from './read-credential.js';
import { addHashPart } from './read-password-hash.js';
import { dotted, guesser } from './reasons.js';
import { beginsLikeNumber, digitsOf, isSpreadsheetNumber } from './spreadsheet.js';

/** bcrypt, and so Kratos, refuses longer ones (golang.org/x/crypto/bcrypt). */
const MAX_PASSWORD_BYTES = 72;
const WEAK_PASSWORD_CHARACTERS = 8;
/** The width of Kratos's column identities.external_id. */
const MAX_EXTERNAL_ID_CHARACTERS = 64;

/** Targets whose values are no text for people. */
const EXACT = new Set<Column['target']['to']>([
  ...(['external_id', 'organization_id', 'state', 'sign_in', 'saml'] as const),
  ...(['inactive_until', 'action'] as const),
  ...(['password_migration_hook', 'totp_url', 'lookup_codes', 'passkeys'] as const),
]);

/** A column with what its schema and the rules say of it, looked up once. */
interface Reader {
  column: Column;
  textOf: (cells: string[]) => string;
  path: string;
  /** Of its trait, for messages. */
  name: string;
  /** The list that its cells are entries of. */
  list: Extract<Target, { path: string[] }> | undefined;
  toTrait: (text: string) => unknown;
  readJson: ReturnType<typeof jsonReader>;
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
  /** Milliseconds since 1970. */
  now: number;
  isRequired: boolean;
  mayBeHash: boolean;
  /** What is wrong with the provider of a social sign-in. */
  unknownProvider: string | undefined;
  mayBeUnknown: boolean;
  /** Whether a row may say that its user is to leave. */
  hasSource: boolean;
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
    EXACT.has(target.to) ||
    isHashText(target);
  const isEnum = 'enum' in trait || 'const' in trait;
  const isText = [trait['type'] ?? 'string'].flat().includes('string');
  return {
    column,
    textOf: textReader(column, rules.nothing),
    path: dotted(steps),
    name: `the trait ${dotted(steps)}`,
    list: 'entry' in target && target.entry !== undefined ? target : undefined,
    toTrait: traitReader(trait),
    readJson: jsonReader(schema, steps),
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
    now: rules.at === undefined ? Infinity : Date.parse(rules.at),
    isRequired: target.to === 'traits' && isRequiredWithin(schema, target.path),
    mayBeHash: allow.includes('hash-as-password'),
    unknownProvider: unknownProvider(target, rules.providers),
    mayBeUnknown: allow.includes('unknown-provider'),
    hasSource: rules.source !== undefined,
  };
}

/** A salt that is text is taken to the letter, and so is a password in the place of a hash. */
function isHashText(target: Column['target']): boolean {
  if (target.to !== 'password_hash' || mayBePlain(target)) return false;
  return target.part !== 'salt' && target.part !== 'key';
}

function mayBePlain(target: Column['target']): boolean {
  const { format, part } = target as HashTarget;
  return format === 'google-workspace' && part === undefined;
}

/** Reads what a format of hashes says is the password itself, as a cell of passwords. */
export function plainReader(
  rules: RowRules,
): (text: string, checked: CheckedRow, report: Report) => void {
  const column = rules.map.columns.find(({ target }) => mayBePlain(target));
  if (!column) return () => undefined;
  const reader = createReader(column, rules);
  return (text, checked, report) => readPassword(text, reader, checked, report);
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
  const mayHaveLines = reader.isFree && !reader.trims;
  if (mayHaveLines && read.includes('\n')) addNote('line_break', reader, checked);
  if (read.startsWith("'") && isLeftOver(read, reader)) {
    addNote('leading_apostrophe', reader, checked);
  }
  // An identifier in decomposed letters is found by nobody who types it.
  const text = reader.isExact ? typedForm(read) : read;
  return checkCharacters(text, reader, checked, report) ? text : undefined;
}

function putValue(text: string, reader: Reader, checked: CheckedRow, report: Report): void {
  const { importRow } = checked;
  const { target, rule } = reader.column;
  if (reader.list) {
    putEntries(text, reader, reader.list, checked, report);
    return;
  }
  if (rule === 'email') importRow.email = text;
  if (rule === 'role') checked.role ??= text;
  if (rule === 'tenant') checked.tenant = text;
  if (rule === 'old_id') importRow.oldId = text;

  switch (target.to) {
    case 'traits':
      readTrait(text, reader, target.path, checked, report);
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
    case 'inactive_until':
      readInactiveUntil(text, reader, importRow, report);
      break;
    case 'action':
      readAction(text, reader, importRow, report);
      break;
    case 'password':
      readPassword(text, reader, checked, report);
      break;
    case 'password_hash':
      addHashPart(text, target, checked);
      break;
    case 'sign_in':
    case 'saml':
      readSignIn({ provider: target.provider, subject: text }, reader, checked, report);
      break;
    case 'email_verified':
    case 'phone_verified':
      putVerified(text, reader, checked, report);
      break;
    default:
      readOtherCredential(text, target.to, importRow, report);
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
    const length = to === 'traits' ? lengthProblem(each, reader.use) : undefined;
    if (length) report('value_too_long', `${placeOf(reader.column)} ${length}`);
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
  else if (target.to === 'state' || target.to === 'inactive_until')
    report('invalid_state', 'the state cannot be cleared');
  else if (target.to === 'action') report('invalid_action', 'the action cannot be cleared');
  else if (!('path' in target) && target.to !== 'external_id')
    report('invalid_credential', `${placeOf(column)} cannot be cleared`);
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

/**
 * A spreadsheet's mark for text, an export's against formulas, or another program's quote: nobody's address or user name
 * begins with it.
 */
function isLeftOver(text: string, { column, isExact }: Reader): boolean {
  const isQuoted = text.length > 1 && text.endsWith("'");
  return isExact || isQuoted || (column.target.to !== 'password' && /^'[=+@-]/.test(text));
}

function placeOf({ index, name, constant }: Column): string {
  return constant === undefined ? `column ${index + 1}` : `the default "${name}"`;
}

function readTrait(
  text: string,
  reader: Reader,
  path: string[],
  checked: CheckedRow,
  report: Report,
): void {
  const { name } = reader;
  const length = lengthProblem(text, reader.use);
  if (length) report('value_too_long', `${name} ${length}`);
  const value = reader.toTrait(text);
  if (typeof value !== 'object') {
    setAt(checked.importRow.traits, path, value);
    return;
  }
  const problem = jsonProblem(value);
  if (problem) {
    report('value_too_long', `${name} ${problem}`);
    return;
  }
  const read = reader.readJson(value);
  for (const { code, reason } of read.refused) report(code, `${name} ${reason}`);
  for (const code of new Set(read.notes)) addNote(code, reader, checked);
  setAt(checked.importRow.traits, path, read.value);
}

function readExternalId(text: string, importRow: ImportRow, report: Report): void {
  importRow.externalId = text;
  const most = MAX_EXTERNAL_ID_CHARACTERS;
  if ([...text].length > most) {
    report('value_too_long', `external_id has more than ${most} characters`);
  }
}

function readState(text: string, importRow: ImportRow, report: Report): void {
  if (text === 'active' || text === 'inactive') setState(text, importRow);
  else report('invalid_state', `the state is neither active nor inactive${meantState(text)}`);
}

/** Where two columns say it, one that blocks the user holds. */
function setState(state: 'active' | 'inactive', importRow: ImportRow): void {
  if (importRow.state !== 'inactive') importRow.state = state;
}

function readInactiveUntil(
  text: string,
  { now }: Reader,
  importRow: ImportRow,
  report: Report,
): void {
  const until = instantOf(text);
  if (until !== undefined) setState(until > now ? 'inactive' : 'active', importRow);
  else if (!saysNothing(text)) {
    report(
      'invalid_state',
      'the time until which the user is inactive is no time such as 2030-01-31 10:00:00Z',
    );
  }
}

/** As people write it: in any case. */
function readAction(
  text: string,
  { hasSource }: Reader,
  importRow: ImportRow,
  report: Report,
): void {
  const said = text.toLowerCase();
  const action = ROW_ACTIONS.find((each) => each === said);
  if (action === undefined) {
    report('invalid_action', `the action must be one of ${ALL_ACTIONS}${meantAction(text)}`);
  } else if ((action === 'deactivate' || action === 'delete') && !hasSource) {
    report(
      'invalid_action',
      `the action ${action} is for users of a source only, and the import is of none ("missing": {"scope": …})`,
    );
  } else importRow.action = action;
}

const ALL_ACTIONS = ROW_ACTIONS.join(', ');
const meantAction = guesser(ROW_ACTIONS);

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
    report(
      'hash_as_password',
      `the password looks like a hash, whose target is ${hashTarget(bare)}`,
    );
  }
  if (isLonger(text, MAX_PASSWORD_BYTES)) {
    report('password_too_long', `the password has more than ${MAX_PASSWORD_BYTES} bytes`);
  }
  if (isWeak(text)) addNote('weak_password', reader, checked);
}

function isWeak(password: string): boolean {
  const most = WEAK_PASSWORD_CHARACTERS;
  // A character has two UTF-16 units at most, and one in ASCII: most passwords need no counting.
  const mayBe = password.length < most * 2 && isUnusual(password);
  return password.length < most || (mayBe && [...password].length < most);
}

function readSignIn(signIn: SignIn, reader: Reader, checked: CheckedRow, report: Report): void {
  const { column, unknownProvider, mayBeUnknown } = reader;
  const problem = subjectProblem(signIn);
  if (problem) report(problem.code, `the sign-in of ${placeOf(column)} ${problem.reason}`);
  if (unknownProvider !== undefined) {
    if (mayBeUnknown) addNote('unknown_provider', reader, checked);
    else report('unknown_provider', `the sign-in of ${placeOf(column)}: ${unknownProvider}`);
  }
  const { importRow } = checked;
  if (column.target.to === 'saml') (importRow.samlSignIns ??= []).push(signIn);
  else (importRow.signIns ??= []).push(signIn);
}
