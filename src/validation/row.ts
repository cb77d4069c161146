/** The rules of one row: from its cells to a user that can be imported, or to every reason why not. */
import { BOUNDS, isLonger } from '../csv/bounds.js';
import { withoutMarks } from '../csv/reject-line.js';
import { checkWidth, wholeRows, type WidthFinding } from '../csv/row-shape.js';
import { formatFirst } from '../format.js';
import { textReader } from '../identity/cell-text.js';
import {
  addressPath,
  givesKey,
  otherKeys,
  type ColumnMap,
  type KeyPlace,
} from '../identity/columns.js';
import { isAddress, normalizeIdentifier, trimmed } from '../identity/email.js';
import {
  claimKey,
  claimReader,
  NO_CLAIMS,
  isUnique,
  oldIdClaim,
  signInClaims,
} from '../identity/identifiers.js';
import type { ImportRow } from '../identity/identity.js';
import { valuesAt } from '../identity/json-pointer.js';
import { keyOf } from '../identity/keys.js';
import { listCloser } from '../identity/list-cells.js';
import { choosesPassword } from '../identity/ways-in.js';
import { traitsCheck } from './check-traits.js';
import { noRow, type CheckedRow, type Report, type RowRules } from './checked-row.js';
import { createReader, plainReader, readCell } from './read-cell.js';
import { hashReader } from './read-password-hash.js';
import { dotted, guesser } from './reasons.js';

/** @param bytes of the row in the file, where they are known: they spare counting those of a short row's cells */
export type RowCheck = (cells: string[], bytes?: number) => CheckedRow;

/** Prepares the rules once, so that each row costs only its own checks. */
export function createRowCheck(rules: RowRules): RowCheck {
  const check = createCheck(rules);
  return (cells, bytes) => {
    try {
      return check(cells, bytes);
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

function createCheck(rules: RowRules): RowCheck {
  const readers = rules.map.columns.map((column) => createReader(column, rules));
  const checkList = listCheck(rules);
  const checkTraits = traitsCheck(rules);
  const closeLists = listCloser(rules.map);
  const checkKey = keyCheck(rules.map);
  const address = addressPath(rules.map);
  const claimsOf = claimReader(rules.schema, address);
  const readPasswordHash = hashReader(rules, plainReader(rules));
  const isAddressUnique = address !== undefined && isUnique(rules.schema, address);
  const shape = rules.shape ?? wholeRows(rules.map);
  const hasSignIns = rules.map.columns.some(
    ({ target }) => 'provider' in target || target.to === 'passkeys',
  );

  return (row, bytes = Infinity) => {
    const checked: CheckedRow = { importRow: noRow(), problems: [], notes: [], claims: NO_CLAIMS };
    const report: Report = (code, reason) => void checked.problems.push({ code, reason });
    const cells = withoutMarks(row);
    const width = checkWidth(cells, shape, cells !== row);
    if (width) noteWidth(width, checked, report);
    if (bytes * MOST_BYTES > BOUNDS.rowBytes) checkSize(cells, report);
    for (const reader of readers) {
      readCell(reader, reader.textOf(cells), checked, report);
    }
    closeLists(checked.importRow);
    readPasswordHash(checked, report);
    checkKey(checked, report);
    checkList(cells, report);
    checkCredential(checked.importRow, report);
    checkTraits(checked, report);
    const { traits, externalId, oldId } = checked.importRow;
    checked.claims = claimsOf(traits, externalId);
    if (hasSignIns) checked.claims = [...checked.claims, ...signInClaims(checked.importRow)];
    const isKnown = isAddressUnique || checked.otherKey || checked.claims.length > 0;
    if (!isKnown && checked.importRow.email !== '') report('no_identifier', NO_IDENTIFIER);
    if (oldId !== undefined) checked.claims = [...checked.claims, oldIdClaim(oldId)];
    return checked;
  };
}

/** Kratos would take the same user again at each import, and at each attempt of one. */
const NO_IDENTIFIER =
  'nothing of the row belongs to one user alone: the identity schema marks the address neither as an identifier nor for verification or recovery';

function noteWidth(found: WidthFinding, checked: CheckedRow, report: Report): void {
  if ('refused' in found) report('wrong_column_count', found.refused);
  else checked.notes.push({ code: found.note, column: found.column });
}

/** Of a character in UTF-8, for each byte that it has in another encoding, or each unit of UTF-16. */
const MOST_BYTES = 3;

/** Without the quotes of its cells, which the file could do without. */
function checkSize(cells: string[], report: Report): void {
  let length = cells.length;
  for (const cell of cells) length += cell.length;
  // Nearly all rows are found short without counting bytes.
  if (length * MOST_BYTES <= BOUNDS.rowBytes || !isLonger(cells.join(), BOUNDS.rowBytes)) return;
  report('value_too_long', `the row has more than ${BOUNDS.rowBytes} bytes`);
}

/** The address, which has to be one, or what the user is known by in its place. */
function keyCheck(map: ColumnMap): (checked: CheckedRow, report: Report) => void {
  const path = addressPath(map);
  const names = otherKeys(map).map(nameOf);
  return (checked, report) => {
    const { importRow, problems } = checked;
    const list = path?.at(-1) === '*' ? addressesIn(importRow, path) : undefined;
    if (list) importRow.email = list[0] ?? '';
    const { email } = importRow;
    if (email !== '') {
      checked.address = normalizeIdentifier(email);
      if (!(list ?? [email]).every(isAddress)) {
        report('invalid_email', 'the address is not an email address');
      }
      return;
    }
    // One that is given but cannot be read has its code already.
    if (problems.some(({ code }) => code === 'invalid_email')) return;
    const key = keyOf(importRow.traits, map);
    if (!key) {
      report('missing_email', missingKey(path !== undefined, names));
      return;
    }
    checked.otherKey = {
      form: key.form,
      key: claimKey(key.text, key.place.isPhone),
      what: `the trait ${nameOf(key.place)}`,
    };
    const column = map.columns.find((each) => givesKey(each, key.place))!.index;
    checked.notes.push({ code: 'no_address', column });
    if (choosesPassword(importRow, { map, invitesSignIns: false })) {
      checked.notes.push({ code: 'no_way_in', column });
    }
  };
}

function addressesIn({ traits }: ImportRow, path: string[]): string[] {
  return valuesAt(traits, path).filter((entry) => typeof entry === 'string');
}

function nameOf({ path }: KeyPlace): string {
  return dotted(path.filter((step) => step !== '*'));
}

function missingKey(hasAddress: boolean, others: string[]): string {
  const names = others.join(', ');
  if (!hasAddress) return `the row has no identifier: ${names}`;
  return others.length === 0 ? 'the row has no address' : `the row has no address, and no ${names}`;
}

/** Roles and tenants, each of a list. */
export function listCheck(rules: RowRules): (cells: string[], report: Report) => void {
  const roles = new Set(rules.roles);
  const allowed = formatFirst(rules.roles);
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

function checkCredential(row: ImportRow, report: Report): void {
  const { password, passwordHash, passwordHook } = row;
  if (passwordHook && (password !== undefined || passwordHash !== undefined)) {
    report('invalid_credential', 'the row gives both a password and the hook for it; keep one');
  }
  if (password === undefined || passwordHash === undefined) return;
  report('invalid_password_hash', 'the row gives both a password and a password hash; keep one');
}
