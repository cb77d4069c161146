/**
 * What no two users of a Kratos may share, as v1.3.1 and v26.2.0 keep it: what they sign in with, by the type of
 * credentials; the addresses that they are verified and recovered by; their external ids. A user of any schema counts.
 */
import type { RowCode } from '../contract/codes.js';
import type { KeyPlace } from './columns.js';
import { normalizeIdentifier, sameForPeople, trimmed } from './email.js';
import type { OtherCredentials, SignIn } from './identity.js';
import type { JsonObject } from './json-pointer.js';
import { valueAt, valuesAt } from './json-pointer.js';
import { toE164 } from './phone.js';
import { eachTrait, type IdentitySchema, type UniqueUse } from './schema.js';

/** A value in the form in which Kratos keeps it in one of its unique indexes. */
export interface UniqueValue {
  index: string;
  form: string;
  /** How Kratos finds the user who has it; undefined for an address that nobody signs in with. */
  foundBy?: 'identifier' | 'external_id';
}

/** Whether two users cannot, or should not, have these two: Kratos takes a letter and its parts for two texts. */
export function isSameValue(a: UniqueValue, b: UniqueValue): boolean {
  return a.index === b.index && a.form.normalize() === b.form.normalize();
}

const EXTERNAL_ID_INDEX = 'external_id';

/** Kratos compares subjects to the letter, also their case. */
export function signInsOf({ signIns = [], samlSignIns = [] }: OtherCredentials): UniqueValue[] {
  const inIndex =
    (index: string) =>
    ({ provider, subject }: SignIn): UniqueValue => ({
      index,
      form: `${provider}:${subject}`,
      foundBy: 'identifier',
    });
  return [...signIns.map(inIndex('oidc')), ...samlSignIns.map(inIndex('saml'))];
}

/** One account elsewhere, as a text. */
export function signInKey({ index, form }: Pick<UniqueValue, 'index' | 'form'>): string {
  return `${index} ${form}`;
}

/** What a user has, by the identity's own names. */
export interface UniqueFields {
  traits: JsonObject;
  external_id?: string | undefined;
}

/** Reads what a user of the schema shares with nobody. */
export function uniqueReader(schema: IdentitySchema): (fields: UniqueFields) => UniqueValue[] {
  const traits = uniqueTraits(schema);
  return ({ traits: root, external_id }) => {
    const found = traits.flatMap(({ path, uses }) =>
      valuesAt(root, path).flatMap((value) => uniqueValues(value, uses)),
    );
    if (external_id) {
      found.push({ index: EXTERNAL_ID_INDEX, form: external_id, foundBy: 'external_id' });
    }
    return found;
  };
}

function uniqueValues(value: unknown, uses: UniqueUse[]): UniqueValue[] {
  const text = textOf(value);
  if (!text) return [];
  const plain = normalizeIdentifier(text);
  return uses.flatMap(({ index, signsIn, isPhone }): UniqueValue[] => {
    const form = isPhone ? toE164(text) : plain;
    if (!form) return [];
    return [signsIn ? { index, form, foundBy: 'identifier' } : { index, form }];
  });
}

/** Kratos makes a text of a number as JSON does. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

interface UniqueTrait {
  path: string[];
  uses: UniqueUse[];
}

/** Each trait once, with all that the parts of the schema say of it. */
function uniqueTraits(schema: IdentitySchema): UniqueTrait[] {
  const found = new Map<string, UniqueTrait>();
  eachTrait(schema, (path, { unique }) => {
    if (unique.length === 0) return;
    const key = JSON.stringify(path);
    const known = found.get(key);
    const others = unique.filter((use) => !known?.uses.some(({ index }) => index === use.index));
    found.set(key, { path, uses: [...(known?.uses ?? []), ...others] });
  });
  return [...found.values()];
}

/**
 * The traits with addresses that Kratos lets nobody share and finds nobody by: nobody signs in with them. Only a list of
 * all users shows who has one.
 */
export function hiddenPaths(schema: IdentitySchema): string[][] {
  return uniqueTraits(schema)
    .filter(({ uses }) => !uses.some(({ signsIn }) => signsIn))
    .map(({ path }) => path);
}

/** Whether Kratos lets no two users have the same trait. */
export function isUnique(schema: IdentitySchema, path: readonly string[]): boolean {
  return uniqueTraits(schema).some((trait) => JSON.stringify(trait.path) === JSON.stringify(path));
}

/** The traits that users sign in with, and so are found by; of lists, those whose entries are texts. */
export function identifierPlaces(schema: IdentitySchema): KeyPlace[] {
  return uniqueTraits(schema)
    .filter(({ path, uses }) => !path.slice(0, -1).includes('*') && uses.some((use) => use.signsIn))
    .map(({ path, uses }) => ({ path, isPhone: uses.some((use) => use.isPhone) }));
}

/**
 * The phone numbers that Kratos verifies by messages, in the form in which it keeps them for that: as they were written.
 * Of a list, the first.
 */
export function verifiablePhones(schema: IdentitySchema, traits: JsonObject): string[] {
  const found = verifiablePaths(schema, 'sms').map((path) => textOf(valuesAt(traits, path)[0]));
  return found.filter((text) => text !== undefined).map(trimmed);
}

/** The traits that Kratos verifies in this way. */
export function verifiablePaths(schema: IdentitySchema, via: 'email' | 'sms'): string[][] {
  return uniqueTraits(schema)
    .filter(({ uses }) => uses.some(({ index }) => index === `verification ${via}`))
    .map(({ path }) => path);
}

/** A value that no other row of the file may have, in a form that is the same for all that people take for it. */
export interface Claim {
  key: string;
  /** What of the row it is, in words. */
  what: string;
  /** The code of a row that has it again; `duplicate_identifier` when absent. */
  code?: RowCode;
}

/** What a row has for itself to sign in with, besides names and addresses. */
export function signInClaims(row: OtherCredentials): Claim[] {
  const passkeys = row.passkeys && [
    { index: 'passkey', form: JSON.stringify(row.passkeys['user_handle']) },
  ];
  return [...signInsOf(row), ...(passkeys ?? [])].map((value) => ({
    key: `${NOT_IN_TRAITS}${NOT_IN_TRAITS}${signInKey(value)}`,
    what: SIGN_INS[value.index]!,
  }));
}

const SIGN_INS: Record<string, string> = {
  oidc: 'the social sign-in',
  saml: 'the SAML sign-in',
  passkey: 'the handle of the passkeys',
};

/**
 * Reads what a row shares with no other one besides its address. Here a value belongs to one user whatever it is used
 * for: nobody signs in with the address of another, also where Kratos would let them.
 * @param addressPath the trait of the address, which is claimed by itself; of a list, its first entry
 */
export function claimReader(
  schema: IdentitySchema,
  addressPath: readonly string[] | undefined,
): (traits: JsonObject, externalId: string | undefined) => readonly Claim[] {
  const isAddress = (path: string[]) => JSON.stringify(path) === JSON.stringify(addressPath);
  const traits = uniqueTraits(schema)
    .filter(({ path }) => path.includes('*') || !isAddress(path))
    .map(({ path, uses }) => ({
      read: path.includes('*')
        ? (root: JsonObject) => valuesAt(root, path).slice(isAddress(path) ? 1 : 0)
        : (root: JsonObject) => [valueAt(root, path)],
      isPhone: uses.some(({ isPhone }) => isPhone),
      what: `the trait ${path.filter((step) => step !== '*').join('.')}`,
    }));
  return (root, externalId) => {
    if (traits.length === 0 && externalId === undefined) return NO_CLAIMS;
    const claims: Claim[] = [];
    for (const { read, isPhone, what } of traits) {
      for (const value of read(root)) {
        const text = textOf(value);
        const key = text && claimKey(text, isPhone);
        if (key) claims.push({ key, what });
      }
    }
    if (externalId) claims.push(externalIdClaim(externalId));
    return claims;
  };
}

export const NO_CLAIMS: readonly Claim[] = [];

/** No trait holds this character, so that an external id is never taken for the value of one. */
const NOT_IN_TRAITS = '\0';

export function externalIdClaim(externalId: string): Claim {
  return { key: `${NOT_IN_TRAITS}${externalId}`, what: 'the external_id' };
}

/** Rows with one old id would be one user of the old product. It is compared letter for letter, as programs do. */
export function oldIdClaim(oldId: string): Claim {
  return {
    key: `${NOT_IN_TRAITS}old_id${NOT_IN_TRAITS}${oldId}`,
    what: 'the old_id',
    code: 'duplicate_old_id',
  };
}

/**
 * What a value is compared by: a phone number is one in any spelling, also where users sign in with it as a text.
 * @param isPhone whether Kratos takes it for a phone number; otherwise it may only look like one
 */
export function claimKey(text: string, isPhone = false): string {
  const number = isPhone || text.startsWith('+') ? toE164(text) : undefined;
  return number ?? sameForPeople(text);
}
