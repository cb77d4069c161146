/** The rules of the cells that a user signs in with, besides passwords. */
import type { RowCode } from '../contract/codes.js';
import { formatFirst } from '../format.js';
import type { Column } from '../identity/columns.js';
import type { ImportRow, SignIn } from '../identity/identity.js';
import { isObject, type JsonObject } from '../identity/json-pointer.js';
import { saysNothing } from '../identity/nothing.js';
import { asBoolean } from '../identity/trait-value.js';
import type { Report } from './checked-row.js';
import { isSpreadsheetNumber } from './spreadsheet.js';

/** The width of identity_credential_identifiers.identifier, which has provider and subject. */
const MAX_IDENTIFIER = 255;

/** @param providers that Kratos has; undefined when it is not known which */
export function unknownProvider(
  target: Column['target'],
  providers: readonly string[] | undefined,
): string | undefined {
  if (target.to !== 'sign_in' || !providers || providers.includes(target.provider))
    return undefined;
  const known = providers.length === 0 ? 'none' : formatFirst(providers);
  return `Kratos has no provider "${target.provider}" on its login page; it has ${known}`;
}

/** A subject that was damaged on its way is somebody else's, or nobody's. */
export function subjectProblem({
  provider,
  subject,
}: SignIn): { code: RowCode; reason: string } | undefined {
  if (saysNothing(subject)) return { code: 'null_literal', reason: 'is a word for no value' };
  if (isSpreadsheetNumber(subject)) {
    const reason = 'is a number as spreadsheets show it, without its last digits';
    return { code: 'invalid_credential', reason };
  }
  if ([...`${provider}:${subject}`].length > MAX_IDENTIFIER) {
    const reason = `has more than ${MAX_IDENTIFIER} characters with its provider`;
    return { code: 'value_too_long', reason };
  }
  return undefined;
}

type OtherTarget = Exclude<
  Column['target']['to'],
  | ('traits' | 'metadata_public' | 'metadata_admin' | 'external_id' | 'state')
  | ('password' | 'password_hash' | 'sign_in' | 'saml')
>;

export function readOtherCredential(
  text: string,
  target: OtherTarget,
  importRow: ImportRow,
  report: Report,
): void {
  const refuse = (reason: string): void => report('invalid_credential', `${target} ${reason}`);
  switch (target) {
    case 'password_migration_hook': {
      const isHooked = asBoolean(text);
      if (isHooked === undefined) refuse('is neither true nor false');
      else if (isHooked) importRow.passwordHook = true;
      break;
    }
    case 'organization_id':
      if (UUID.test(text)) importRow.organizationId = text.toLowerCase();
      else refuse('is no UUID');
      break;
    case 'totp_url':
      if (isTotpUrl(text)) importRow.totpUrl = text;
      else refuse('is no URL such as otpauth://totp/NAME?secret=BASE32');
      break;
    case 'lookup_codes': {
      const codes = text.split(/[\s,;|]+/).filter((code) => code !== '');
      if (new Set(codes).size === codes.length) importRow.lookupCodes = codes;
      else refuse('has a code twice');
      break;
    }
    case 'passkeys': {
      const passkeys = parsePasskeys(text);
      if (passkeys) importRow.passkeys = passkeys;
      else refuse('is no JSON such as {"user_handle":"BASE64","credentials":[{"id":…}]}');
      break;
    }
    case 'ignore':
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isTotpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, searchParams } = new URL(text);
  const secret = searchParams.get('secret') ?? '';
  return protocol === 'otpauth:' && host === 'totp' && /^[A-Z2-7]+=*$/i.test(secret);
}

/** Without its handle, the authenticator finds nobody; the rest is for Kratos to judge. */
function parsePasskeys(text: string): JsonObject | undefined {
  const passkeys = asJson(text);
  if (!isObject(passkeys)) return undefined;
  const { user_handle: handle, credentials } = passkeys;
  if (typeof handle !== 'string' || !BASE64.test(handle)) return undefined;
  const isList = Array.isArray(credentials) && credentials.length > 0;
  return isList && credentials.every(isObject) ? passkeys : undefined;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
