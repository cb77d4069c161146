/** A row as validation sees it, and the rules that it is held to. */
import type { RowCode, RowProblem } from '../contract/codes.js';
import type { CellNote } from '../contract/findings.js';
import type { Allowable, OnUnsupportedHash } from '../contract/import/input.js';
import type { RowShape } from '../csv/row-shape.js';
import type { ColumnMap } from '../identity/columns.js';
import type { Claim } from '../identity/identifiers.js';
import type { ImportRow } from '../identity/identity.js';
import type { IdentitySchema } from '../identity/schema.js';
import type { ProjectParameters } from '../passwords/formats/project-parameters.js';
import type { Digits } from './spreadsheet.js';

export interface CheckedRow {
  importRow: ImportRow;
  problems: RowProblem[];
  notes: CellNote[];
  /** The address as Kratos compares it; absent when the row has none. */
  address?: string;
  /** What the user of a row without an address is known by. */
  otherKey?: OtherKey;
  /** What else of the row no other one may have. */
  claims: readonly Claim[];
  role?: string;
  tenant?: string;
  /** What its cells give of a password hash, by the format's name and the part's. */
  hashParts?: Record<string, Record<string, string>>;
  /** Why no row of the file can have the hash that it should. */
  withheld?: string;
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
  /** The providers of social sign-ins that Kratos has; absent when it is not known which. */
  providers?: readonly string[] | undefined;
  /** What becomes of users whose hash Kratos cannot check; refused where it is not said. */
  onUnsupportedHash?: OnUnsupportedHash;
  /** The worker's, which are in no plan. */
  projectParameters?: ProjectParameters | undefined;
  /** Cells that are read as empty. */
  nothing?: readonly string[];
  /** The cell that clears the value of an existing user. */
  clear?: string | undefined;
  /** The source whose users rows may deactivate or delete; absent: those of none. */
  source?: { name: string } | undefined;
  /** When the file was validated (ISO 8601), which a time in a cell is compared with; absent: it is never in the future. */
  at?: string;
}

/** A claim on what stands in the place of the address. */
interface OtherKey extends Claim {
  /** As Kratos compares it. */
  form: string;
}

/** Before any of its cells is read. */
export function noRow(): ImportRow {
  return { email: '', traits: {}, metadataPublic: {}, metadataAdmin: {} };
}

/** Refuses the row that is checked. */
export type Report = (code: RowCode, reason: string) => void;
