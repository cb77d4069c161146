/** What each code means, in words for readers who know none of them; docs/codes.md has more. */
import type { ImportCode, LeftAloneCode, RowCode, SourceCode } from '../contract/codes.js';
import type { KeptReason } from '../contract/undo/outcomes.js';

const ROWS: Record<RowCode | ImportCode | LeftAloneCode, string> = {
  missing_email: 'No address',
  invalid_email: 'Not an address',
  invalid_role: 'A role that is not allowed',
  unknown_tenant: 'A tenant that is not known',
  duplicate_email: 'The address of an earlier row',
  duplicate_identifier: 'A user name, phone number or id of an earlier row',
  duplicate_old_id: 'The old id of an earlier row',
  no_identifier: 'Nothing to sign in with',
  schema_violation: 'A value that the identity schema does not allow',
  password_too_long: 'A password that is too long',
  invalid_password_hash: 'A password hash that is damaged',
  unsupported_password_hash: 'A password hash that Kratos cannot check',
  invalid_credential: 'A sign-in or second factor that cannot be one',
  unknown_provider: 'A sign-in elsewhere that Kratos does not know',
  wrong_column_count: 'More or fewer cells than the header',
  value_too_long: 'A value that is too long',
  invalid_verified: 'Neither yes nor no nor a date, where the file says what is verified',
  invalid_state: 'Neither active nor inactive',
  invalid_action: 'Nothing that can be done with a row',
  null_literal: 'A word for no value as a password',
  hash_as_password: 'A hash in the place of a password',
  invisible_character: 'A character that nobody can see or type',
  replacement_character: 'A character that was lost when the file was made',
  identifier_conflict: 'Another user has the address or name',
  sign_in_taken: 'Another user has the account elsewhere',
  program_fault: 'A fault of this program',
  rejected: 'Refused by Kratos',
  other_schema: 'The user has another identity schema',
  other_tenant: 'The user has another tenant',
  no_tenant: 'The user has no tenant',
  activation_not_allowed: 'A blocked user would become active',
  address_change_not_allowed: 'The user’s mail would go elsewhere',
  identifier_change_not_allowed: 'The user would sign in with another name',
  signed_in: 'The user was signed in while a password was set',
  other_source: 'The user is of another source',
  blocked_since: 'Somebody else has changed the state of the user',
  no_such_user: 'There is no such user to update',
};

/** @returns undefined for a code of another version */
export function meaningOfRow(code: string): string | undefined {
  return Object.hasOwn(ROWS, code) ? ROWS[code as keyof typeof ROWS] : undefined;
}

/** What is worth knowing of rows of a source. */
export const NOTES: Record<SourceCode, string> = {
  adopted: 'The user was there before, and is of the source from now on',
  returned: 'The source had deactivated the user, and has made them active again',
  drift_kept: 'Changed by hand since the last run, and kept so',
  drift_overwritten: 'Changed by hand since the last run, and put back to what the file says',
};

/** Why an undo left a user as they are; docs/undo.md says what to do. */
const KEPT: Record<KeptReason, string> = {
  other_origin: 'Another run or program created the user',
  password_set: 'The password is not the one that the run set',
  credential_added: 'A way to sign in was added since',
  logged_in: 'The user has signed in',
  changed: 'The user was changed since',
  not_recorded: 'After a crash, the run found the user without its password',
  purged: 'The values from before were purged',
  refused: 'Kratos refused the undo',
  deleted_since: 'The run deleted the user, and nothing brings a user back',
};

/** @returns undefined for a reason of another version */
export function meaningOfKept(reason: string): string | undefined {
  return Object.hasOwn(KEPT, reason) ? KEPT[reason as keyof typeof KEPT] : undefined;
}
