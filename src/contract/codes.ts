/** Every code that a file, a row or a warning can carry. docs/codes.md lists them with what to do. */

/** Codes of the whole file: nothing of it is imported. */
export const FILE_CODES = [
  'missing_header',
  'unclear_separator',
  'too_many_columns',
  'missing_email_column',
  'duplicate_column',
  'unmapped_trait',
  'unsupported_target',
  'invalid_encoding',
  'malformed_quotes',
  'invalid_gzip',
  'leading_apostrophes',
  'withheld_password_hashes',
  'empty_file',
  'file_not_found',
  'file_outside_root',
  'file_changed',
] as const;
export type FileCode = (typeof FILE_CODES)[number];

/** Codes that validation gives to a row. */
export const ROW_CODES = [
  'missing_email',
  'invalid_email',
  'invalid_role',
  'unknown_tenant',
  'duplicate_email',
  'duplicate_identifier',
  'duplicate_old_id',
  'no_identifier',
  'schema_violation',
  'password_too_long',
  'invalid_password_hash',
  'unsupported_password_hash',
  'invalid_credential',
  'unknown_provider',
  'wrong_column_count',
  'value_too_long',
  'invalid_state',
  'invalid_action',
  'invalid_verified',
  'null_literal',
  'hash_as_password',
  'invisible_character',
  'replacement_character',
  'program_fault',
] as const;
export type RowCode = (typeof ROW_CODES)[number];

/** Codes of a row that validation had let through: Kratos's answer gives them, or a fault of this program. */
export const IMPORT_CODES = [
  'identifier_conflict',
  'sign_in_taken',
  'schema_violation',
  'rejected',
  'program_fault',
] as const;
export type ImportCode = (typeof IMPORT_CODES)[number];

/** Codes of a row whose user exists and is left alone, since the update would go beyond what the import may do. */
export const LEFT_ALONE_CODES = [
  'other_schema',
  'other_tenant',
  'no_tenant',
  'activation_not_allowed',
  'address_change_not_allowed',
  'identifier_change_not_allowed',
  'signed_in',
  'other_source',
  'blocked_since',
  'no_such_user',
] as const;
export type LeftAloneCode = (typeof LEFT_ALONE_CODES)[number];

/** Codes of a row of a source, whose user was changed or found: no errors, but worth knowing. */
export const SOURCE_CODES = ['adopted', 'returned', 'drift_kept', 'drift_overwritten'] as const;
export type SourceCode = (typeof SOURCE_CODES)[number];

export const WARNING_CODES = [
  'crlf_line_endings',
  'byte_order_mark',
  'unknown_column',
  'tenants_not_checked',
  'rule_not_checked',
  'providers_not_checked',
  'unknown_provider',
  'password_migration_hook',
  'unsupported_password_hash',
  'weak_password',
  'null_literal',
  'blanks_around',
  'line_break',
  'invisible_character',
  'look_alike_character',
  'replacement_character',
  'mojibake',
  'spreadsheet_number',
  'lost_zeros',
  'backslash_escape',
  'leading_apostrophe',
  'blank_rows',
  'left_out_rows',
  'short_row',
  'extra_cells',
  'no_address',
  'no_way_in',
  'nothing_to_verify',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** What is wrong with one row. The reason is for the admin and holds no value of the row. */
export interface RowProblem {
  code: RowCode;
  reason: string;
}

/** A whole-file error. `line` counts from 1, `byte` from 0; the message says where and what to do. */
export interface FileProblem {
  code: FileCode;
  message: string;
  line?: number;
  byte?: number;
}

export interface Warning {
  code: WarningCode;
  message: string;
}
