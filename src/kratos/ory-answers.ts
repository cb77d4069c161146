/** Ory's shapes of requests and answers, turned into the import's own and back. */
import type {
  CreateIdentityBody,
  Identity,
  IdentityPatchResponse,
  RecoveryCodeForIdentity,
  RecoveryLinkForIdentity,
  VerifiableIdentityAddress,
} from '@ory/client';
import type {
  FoundIdentity,
  IdentityFields,
  NewIdentity,
  StoredIdentity,
} from '../identity/identity.js';
import { signInKey } from '../identity/identifiers.js';
import type { JsonObject } from '../identity/json-pointer.js';
import type { CreateAnswer, Recovery } from './kratos.js';

export function toCreateBody(identity: NewIdentity): CreateIdentityBody {
  return {
    schema_id: identity.schemaId,
    traits: identity.traits,
    state: identity.state,
    metadata_admin: identity.metadataAdmin,
    metadata_public: identity.metadataPublic,
    credentials: toCredentials(identity),
    // Sent only where it is given: Kratos before v25.4 refuses the whole request for a field that it does not know.
    external_id: identity.externalId,
    organization_id: identity.organizationId,
    verifiable_addresses: verifiedAddresses(identity),
  };
}

function verifiedAddresses({ verifiedEmails, verifiedPhones = [] }: NewIdentity) {
  const isVerified = { verified: true, status: 'completed' };
  const addresses = [
    ...verifiedEmails.map((value) => ({ value, via: 'email' as const, ...isVerified })),
    ...verifiedPhones.map((value) => ({ value, via: 'sms' as const, ...isVerified })),
  ];
  return addresses.length === 0 ? undefined : addresses;
}

/** Sent only where they are given, since versions of Kratos differ in what they take. */
function toCredentials(identity: NewIdentity): CreateIdentityBody['credentials'] {
  const { hashedPassword, passwordHook, signIns, samlSignIns } = identity;
  const { totpUrl, lookupCodes, passkeys } = identity;
  const password = passwordHook
    ? { use_password_migration_hook: true }
    : hashedPassword !== undefined && { hashed_password: hashedPassword };
  const credentials: Record<string, object> = {
    ...(password && { password: { config: password } }),
    ...(signIns && { oidc: { config: { providers: signIns } } }),
    ...(samlSignIns && { saml: { config: { providers: samlSignIns } } }),
    ...(totpUrl !== undefined && { totp: { config: { totp_url: totpUrl } } }),
    ...(lookupCodes && { lookup_secret: { config: { codes: lookupCodes.map(toCode) } } }),
    ...(passkeys && { passkey: { config: passkeys } }),
  };
  return Object.keys(credentials).length > 0 ? credentials : undefined;
}

function toCode(code: string): object {
  return { code };
}

export function toCreateAnswer(answer: IdentityPatchResponse): CreateAnswer {
  if (answer.action === 'create' && answer.identity) {
    return { kind: 'created', id: answer.identity };
  }
  const error = (answer.error ?? {}) as { code?: number; reason?: string; message?: string };
  const status = error.code ?? 0;
  if (status === 409) return { kind: 'conflict' };
  return { kind: 'refused', status, reason: error.reason ?? error.message ?? '' };
}

export function toFoundIdentity(identity: Identity): FoundIdentity {
  const { id, schema_id: schemaId, state_changed_at: stateChangedAt } = identity;
  const fields = toFields(identity);
  return { id, schemaId, fields, ...(stateChangedAt && { stateChangedAt }) };
}

/** Credentials that a user has only once they, or an admin, have set them up; codes by mail come with the address. */
const SET_UP = ['totp', 'lookup_secret', 'passkey', 'deviceauthn'];
/** By accounts elsewhere, which Kratos keeps by provider and subject. */
const SIGN_INS = ['oidc', 'saml'];

export function toStoredIdentity(identity: Identity): StoredIdentity {
  const found = toFoundIdentity(identity);
  const credentials = identity.credentials ?? {};
  const config = (type: string) => (credentials[type]?.config ?? {}) as JsonObject;
  const hash = config('password')['hashed_password'] as string | null | undefined;
  // A schema may give each user an entry for it without any key in it.
  const keys = (config('webauthn')['credentials'] ?? []) as unknown[];
  const otherCredentials = SET_UP.filter((type) => credentials[type] != null);
  if (keys.length > 0) otherCredentials.push('webauthn');
  const addresses: (VerifiableIdentityAddress | null)[] = identity.verifiable_addresses ?? [];
  const verifiedAddresses = addresses
    .filter((address) => address !== null)
    .filter(({ verified }) => verified)
    .map(({ value }) => value);
  return {
    ...found,
    passwordHash: hash || undefined,
    signIns: SIGN_INS.flatMap((index) =>
      (credentials[index]?.identifiers ?? []).map((form) => signInKey({ index, form })),
    ),
    otherCredentials,
    verifiedAddresses,
  };
}

/** A field that is absent has no key. */
function toFields(identity: Identity): IdentityFields {
  const { external_id, organization_id, state } = identity;
  return {
    traits: identity.traits as JsonObject,
    metadata_public: identity.metadata_public,
    metadata_admin: identity.metadata_admin,
    ...(external_id && { external_id }),
    ...(organization_id && { organization_id }),
    ...(state && { state }),
  };
}

export function toRecovery(made: RecoveryLinkForIdentity | RecoveryCodeForIdentity): Recovery {
  return {
    link: made.recovery_link,
    code: 'recovery_code' in made ? made.recovery_code : undefined,
  };
}

/** @param link a header as RFC 8288 has it */
export function nextPageToken(link: string): string | undefined {
  const [, url] = /<([^>]*)>;\s*rel="next"/.exec(link) ?? [];
  return url === undefined
    ? undefined
    : (new URL(url, 'http://kratos').searchParams.get('page_token') ?? undefined);
}
