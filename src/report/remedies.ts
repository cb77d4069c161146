/** What to do about each code, in a few words; docs/codes.md has more. */
import type { FileCode, ImportCode, LeftAloneCode, RowCode } from '../contract/codes.js';

/** They are in no report, since a column may be another than it seems. */
const LISTED =
  '“user-import check FILE” lists the values of the file, and can read them as others.';

const ROWS: Record<RowCode | ImportCode | LeftAloneCode, string> = {
  missing_email: 'Add the address, or what users without one sign in with.',
  invalid_email: 'Correct the address.',
  invalid_role: `Correct the role, or allow it in the worker’s ROLES. ${LISTED}`,
  unknown_tenant: `Correct the tenant, or add it to the worker’s TENANTS. ${LISTED}`,
  duplicate_email: 'Remove the row, or correct its address: an earlier row has it.',
  duplicate_identifier:
    'Remove the row, or correct what an earlier row has, too: a user name, a phone number, an external id.',
  duplicate_old_id: 'Remove the row, or correct its old id: an earlier row has it.',
  no_identifier:
    'Give the user what the schema marks as an identifier, or have the schema mark the address.',
  schema_violation:
    'Correct the cell that breaks the identity schema, or map its column elsewhere.',
  password_too_long: 'Shorten the password to 72 bytes, or leave it empty.',
  invalid_password_hash: 'Export the hash again, or leave it empty.',
  unsupported_password_hash:
    'Start again with --on-unsupported-hash hook, and have Kratos ask the old system at the first login; or invite.',
  invalid_credential: 'Export the sign-in again, or leave it empty.',
  unknown_provider:
    'Map the column to the provider’s id in Kratos, add the provider there, or start again with --allow unknown-provider.',
  wrong_column_count: 'Put quotes around the cell that has a comma in it.',
  value_too_long: 'Shorten the value.',
  invalid_verified: 'Write true, false or a date, or map the words by "values".',
  invalid_state: `Write active or inactive, or leave it empty. ${LISTED}`,
  invalid_action:
    'Write create, update, skip, deactivate or delete, or leave it empty; the last two are for users of a source.',
  null_literal: 'Leave the password empty, or have such cells read as empty (--nothing).',
  hash_as_password:
    'Name the column password_hash; --allow hash-as-password takes it for a password.',
  invisible_character: 'Type the value anew, without the character that cannot be seen.',
  replacement_character: 'Type the value anew: a character of it was lost.',
  identifier_conflict:
    'Find the user who has the address or name, and correct the row or that user.',
  sign_in_taken: 'Find the user who has the account elsewhere, and correct the row or that user.',
  program_fault: 'Report the fault with this reason, and retry the row with a corrected version.',
  rejected: 'Look into Kratos’s log at that time.',
  other_schema: 'Import the row with the schemaId that the user has.',
  other_tenant: 'Import the row with the tenant that the user has, or move the user by hand.',
  no_tenant: 'Give the user a tenant in Kratos, where this import may change them.',
  activation_not_allowed: 'If blocked users are to be active, start again with --allow activate.',
  address_change_not_allowed:
    'If mail for these users is to go elsewhere, start again with --allow change-address.',
  identifier_change_not_allowed:
    'If they are to sign in with another name, start again with --allow change-identifier.',
  signed_in: 'Import the rows again once these users have signed out.',
  other_source: 'Take the row out of this file, or the user out of the other source’s.',
  blocked_since: 'If the user is to get in again, make them active in Kratos.',
  no_such_user: 'If the user is to be created, leave the action empty.',
};

const FILE: Record<FileCode, string> = {
  missing_header: 'Put the names of the columns on the first line, or tell where they are (csv).',
  unclear_separator: 'Tell the separator (csv).',
  too_many_columns: 'Remove the columns that are not imported.',
  missing_email_column: 'Name the column of the addresses email, or map it.',
  duplicate_column: 'Rename or remove one of the two columns.',
  unmapped_trait: 'Map the columns to metadata, or to ignore.',
  unsupported_target: 'Map the column elsewhere, or to ignore.',
  invalid_encoding: 'Tell the encoding (csv), or save the file as CSV UTF-8.',
  malformed_quotes: 'Put quotes around the whole cell, and write a quote inside it twice.',
  invalid_gzip: 'Pack the file again, or import it unpacked.',
  withheld_password_hashes: 'Export the users again, with an account that may see their hashes.',
  leading_apostrophes: 'Import it without the apostrophes (csv), or keep them.',
  empty_file: 'Make sure that it is the right file.',
  file_not_found: 'Put the file below the worker’s import root.',
  file_outside_root: 'Put the file itself below the worker’s import root.',
  file_changed: 'Start a new import of the file as it is now.',
};

const MAILS: Record<string, string> = {
  'not sendable': 'Correct the address in Kratos.',
  'no address': 'Give the user an address in Kratos.',
  'no answer after the mail': 'See the mail server’s log first: the mail may have arrived.',
  '30 tries': 'See the mail server’s log.',
};

const UNKNOWN = 'See results.csv and rejects.csv for the reason.';

export function remedyForRow(code: string): string {
  return Object.hasOwn(ROWS, code) ? ROWS[code as keyof typeof ROWS] : UNKNOWN;
}

/** The same for whoever checks the file just now, and sees its values. */
export function remedyInCheck(code: string): string {
  return remedyForRow(code).replace(` ${LISTED}`, '');
}

export function remedyForFile(code: string): string {
  return Object.hasOwn(FILE, code) ? FILE[code as FileCode] : UNKNOWN;
}

/** @param reason the mail server's status, or words in its place */
export function remedyForMail(reason: string): string {
  return Object.hasOwn(MAILS, reason)
    ? MAILS[reason]!
    : 'Correct the address in Kratos, or see the mail server’s log.';
}
