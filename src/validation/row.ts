/** The rules of one row: from its cells to a user that can be imported, or to every reason why not. */
import type { RowCode, RowProblem } from '../contract/codes.js';
import type { Column, ColumnMap } from '../identity/columns.js';
import { normalizeIdentifier, isAddress, trimmed } from '../identity/email.js';
import type { ImportRow } from '../identity/identity.js';
import type { JsonObject } from '../identity/json-pointer.js';
import {
  compileTraitCheck,
  traitAt,
  traitUse,
  type IdentitySchema,
  type TraitCheck,
  type TraitUse,
} from '../identity/schema.js';
import { passwordHashProblem } from '../passwords/hash-formats.js';
import { traitReader } from '../identity/trait-value.js';

export interface CheckedRow {
  row: ImportRow;
  problems: RowProblem[];
  /** The address as Kratos compares it; absent when the row has none. */
  address?: string;
  role?: string;
  tenant?: string;
  weakPassword: boolean;
}

export interface RowRules {
  map: ColumnMap;
  schema: IdentitySchema;
  roles: readonly string[];
  /** Absent when the worker knows no tenants: any is taken. */
  tenants?: readonly string[];
}

/** bcrypt, and so Kratos, refuses longer ones (golang.org/x/crypto/bcrypt). */
const MAX_PASSWORD_BYTES = 72;
const WEAK_PASSWORD_CHARACTERS = 8;
/** Widths of Kratos's columns: identity_credential_identifiers.identifier, identity_*_addresses.value, identities.external_id. */
const MAX_CHARACTERS = { identifier: 255, address: 400, externalId: 64 } as const;

/** Prepares the rules once, so that each row costs only its own checks. */
export function createRowCheck(rules: RowRules): (cells: string[]) => CheckedRow {
  const roles = new Set(rules.roles);
  const tenants = rules.tenants && new Set(rules.tenants);
  const checkTraits = compileTraitCheck(rules.schema);
  const readers = rules.map.columns.map((column) => prepare(column, rules.schema));
  const listed = rules.map.columns.filter(({ rule }) => rule === 'role' || rule === 'tenant');
  const emailPath = readers.find(({ column }) => column.rule === 'email')!.path;
  const traitPaths = readers.flatMap(({ column, path }) =>
    column.target.to === 'traits' ? [path] : [],
  );

  return (cells) => {
    const problems: RowProblem[] = [];
    const report = (code: RowCode, reason: string) => void problems.push({ code, reason });
    const row: ImportRow = { email: '', traits: {}, metadataPublic: {}, metadataAdmin: {} };
    const checked: CheckedRow = { row, problems, weakPassword: false };

    if (cells.length !== rules.map.width) {
      report(
        'wrong_column_count',
        `the row has ${cells.length} cells, the header ${rules.map.width}`,
      );
    }
    for (const reader of readers) {
      readCell(reader, cells[reader.column.index] ?? '', checked, report);
    }
    if (row.email === '') report('missing_email', 'the row has no address');
    else {
      checked.address = normalizeIdentifier(row.email);
      if (!isAddress(row.email)) report('invalid_email', 'the address is not one');
    }
    for (const { index, rule } of listed) {
      const cell = cells[index] ?? '';
      if (cell === '') continue;
      if (rule === 'role' && !roles.has(cell)) {
        report('invalid_role', `the role is none of ${rules.roles.join(', ')}`);
      }
      if (rule === 'tenant' && tenants && !tenants.has(cell)) {
        report('unknown_tenant', 'the tenant is none that the worker knows');
      }
    }
    if (row.password !== undefined && row.passwordHash !== undefined) {
      report(
        'invalid_password_hash',
        'the row gives both a password and a password hash; keep one',
      );
    }
    checkSchema(checkTraits, row.traits, { emailPath, traitPaths }, problems);
    return checked;
  };
}

/** A column with what its schema says of it, looked up once. */
interface Reader {
  column: Column;
  path: string;
  toTrait: (text: string) => unknown;
  use: TraitUse;
}

function prepare(column: Column, schema: IdentitySchema): Reader {
  const { target } = column;
  const path = 'path' in target ? target.path.join('.') : '';
  const trait = target.to === 'traits' ? traitAt(schema, target.path) : undefined;
  return { column, path, toTrait: traitReader(trait ?? {}), use: traitUse(trait ?? {}) };
}

type Report = (code: RowCode, reason: string) => void;

function readCell(
  { column, path, toTrait, use }: Reader,
  cell: string,
  checked: CheckedRow,
  report: Report,
): void {
  const { row } = checked;
  const { target } = column;
  // Kratos trims what people sign in with, and crashes a whole batch on an identifier that is empty afterwards.
  const text = column.rule === 'email' || use.identifier || use.address ? trimmed(cell) : cell;
  if (text === '') return;
  if (text.includes('\0')) {
    report(
      'schema_violation',
      `column ${column.index + 1} holds a NUL character, which the database cannot store`,
    );
    return;
  }
  if (column.rule === 'email') row.email = text;
  if (column.rule === 'role') checked.role ??= text;
  if (column.rule === 'tenant') checked.tenant = text;

  switch (target.to) {
    case 'traits':
      checkWidth(text, path, use, report);
      place(row.traits, target.path, toTrait(text));
      break;
    case 'metadata_public':
      place(row.metadataPublic, target.path, text);
      break;
    case 'metadata_admin':
      place(row.metadataAdmin, target.path, text);
      break;
    case 'external_id':
      row.externalId = text;
      if ([...text].length > MAX_CHARACTERS.externalId) {
        report(
          'value_too_long',
          `external_id has more than ${MAX_CHARACTERS.externalId} characters`,
        );
      }
      break;
    case 'state':
      if (text === 'active' || text === 'inactive') row.state = text;
      else report('invalid_state', 'the state is neither active nor inactive');
      break;
    case 'password':
      row.password = text;
      if (Buffer.byteLength(text) > MAX_PASSWORD_BYTES) {
        report('password_too_long', `the password has more than ${MAX_PASSWORD_BYTES} bytes`);
      }
      checked.weakPassword = hasFewerCharacters(text, WEAK_PASSWORD_CHARACTERS);
      break;
    case 'password_hash': {
      row.passwordHash = text;
      const problem = passwordHashProblem(text);
      if (problem) report('invalid_password_hash', `the password hash ${problem}`);
    }
  }
}

/** No character has more than two UTF-16 units, so that most texts need no counting. */
function hasFewerCharacters(text: string, than: number): boolean {
  return text.length < than * 2 && [...text].length < than;
}

function checkWidth(text: string, path: string, use: TraitUse, report: Report): void {
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

function place(object: JsonObject, path: string[], value: unknown): void {
  const last = path.length - 1;
  let node = object;
  for (let i = 0; i < last; i++) node = (node[path[i]!] ??= {}) as JsonObject;
  node[path[last]!] = value;
}

/** The address has codes of its own, so that one fault of it is not told twice. */
function checkSchema(
  check: TraitCheck,
  traits: JsonObject,
  { emailPath, traitPaths }: { emailPath: string; traitPaths: string[] },
  problems: RowProblem[],
): void {
  const found = check(traits);
  if (found.length === 0) return;
  const told = problems.some(({ code }) => code === 'missing_email' || code === 'invalid_email');
  const broken = found.filter(({ path }) => !(told && isWithin(emailPath, path)));
  if (broken.length === 0) return;
  const reasons = broken.map(({ path, rule }) => {
    // Below a column's own trait stand the keys that its cell gives, which are values of the row.
    const known = traitPaths.find((trait) => isWithin(path, trait)) ?? path;
    return known === '' ? `the traits: ${rule}` : `the trait ${known} ${rule}`;
  });
  problems.push({ code: 'schema_violation', reason: [...new Set(reasons)].join('; ') });
}

/** Whether a path is another one or lies below it. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}
