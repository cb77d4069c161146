/**
 * What an identity was when a run had created it, as digests: enough to see later whether it was changed since, without
 * keeping what it was. Time stamps do not show that: Kratos sets them for the import's own marks, too.
 */
import { hash } from 'node:crypto';
import type { IdentityFields, NewIdentity } from './identity.js';
import type { AfterImage } from '../contract/import/outcomes.js';
import { normalizeIdentifier } from './email.js';
import { signInKey, signInsOf } from './identifiers.js';
import type { JsonObject } from './json-pointer.js';
import { ORIGIN_KEY } from './origin.js';

/** The content of an identity, apart from its credentials. */
export interface IdentityContent {
  schemaId: string;
  /** Without the import's own mark in `metadata_admin`. */
  fields: IdentityFields;
}

/** An identity as it is sent to Kratos, but for its password. */
export type Profile = Omit<NewIdentity, 'hashedPassword'>;

/**
 * @param id the identity's, which makes the digests of two identities with the same content differ
 * @param passwordHash the one that was sent; absent where the row gave none
 */
export function afterImage(
  id: string,
  profile: Profile,
  passwordHash: string | undefined,
): AfterImage {
  const verified = [...profile.verifiedEmails, ...(profile.verifiedPhones ?? [])];
  const signIns = signInsOf(profile).map((value) => signInDigest(id, signInKey(value)));
  const others = typesOf(profile);
  return {
    content: contentDigest(id, contentOf(profile)),
    password: passwordHash === undefined ? undefined : passwordDigest(id, passwordHash),
    verified:
      verified.length === 0 ? undefined : verified.map((address) => addressDigest(id, address)),
    signIns: signIns.length === 0 ? undefined : signIns,
    others: others.length === 0 ? undefined : others,
  };
}

export function contentDigest(id: string, { schemaId, fields }: IdentityContent): string {
  const { state, external_id, organization_id, traits, metadata_public, metadata_admin } = fields;
  const { [ORIGIN_KEY]: _, ...others } = (metadata_admin ?? {}) as JsonObject;
  const content = [
    schemaId,
    state,
    external_id ?? '',
    traits,
    orNothing(metadata_public),
    orNothing(others),
    ...(organization_id ? [organization_id] : []),
  ];
  return digest(id, 'content', canonical(content));
}

export function passwordDigest(id: string, hash: string): string {
  return digest(id, 'password', hash);
}

export function addressDigest(id: string, address: string): string {
  return digest(id, 'address', normalizeIdentifier(address));
}

/** @param key see `signInKey` */
export function signInDigest(id: string, key: string): string {
  return digest(id, 'sign-in', key);
}

/** By Kratos's names. */
function typesOf({ totpUrl, lookupCodes, passkeys }: Profile): string[] {
  return [
    ...(totpUrl === undefined ? [] : ['totp']),
    ...(lookupCodes === undefined ? [] : ['lookup_secret']),
    ...(passkeys === undefined ? [] : ['passkey']),
  ];
}

function contentOf(profile: Profile): IdentityContent {
  const { schemaId, traits, state, externalId, organizationId, metadataPublic, metadataAdmin } =
    profile;
  const fields = {
    traits,
    state,
    metadata_public: metadataPublic,
    metadata_admin: metadataAdmin,
    external_id: externalId,
    organization_id: organizationId,
  };
  return { schemaId, fields };
}

/** Metadata that was never given comes back as null, and metadata that was removed may leave an empty object. */
function orNothing(metadata: unknown): unknown {
  const isEmpty =
    typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length === 0;
  return isEmpty ? null : (metadata ?? null);
}

/** JSON in which equal values are equal texts: databases keep the keys of objects in an order of their own. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  let members = '';
  if (Array.isArray(value)) {
    for (const part of value) members += `${members && ','}${canonical(part)}`;
    return `[${members}]`;
  }
  const object = value as JsonObject;
  for (const key of Object.keys(object).sort()) {
    if (object[key] === undefined) continue;
    members += `${members && ','}${JSON.stringify(key)}:${canonical(object[key])}`;
  }
  return `{${members}}`;
}

function digest(id: string, kind: string, text: string): string {
  return hash('sha256', `${id} ${kind} ${text}`, 'base64url');
}
