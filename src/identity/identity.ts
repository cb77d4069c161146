/** What an identity is: as a row describes it, as it is sent to Kratos, and as Kratos has it. */
import type { RowAction } from '../contract/import/input.js';
import type { JsonObject } from './json-pointer.js';

/** An account elsewhere that lets its owner in. */
export interface SignIn {
  /** The provider's id in Kratos's configuration. */
  provider: string;
  /** The account's id there. */
  subject: string;
}

/** What a user comes with to sign in, besides a password of the file's. */
export interface OtherCredentials {
  /** Social sign-ins (OpenID Connect, OAuth 2.0). */
  signIns?: SignIn[];
  samlSignIns?: SignIn[];
  /** Kratos is to ask another service for the password, at the first login. */
  passwordHook?: boolean;
  /** `otpauth://totp/…` */
  totpUrl?: string;
  lookupCodes?: string[];
  /** As Kratos keeps them: `credentials` and `user_handle`. */
  passkeys?: JsonObject;
}

/** A user as the file gives them, in the shape of an identity. What the file does not give is absent. */
export interface ImportRow extends OtherCredentials {
  /** Empty where the user has no address. */
  email: string;
  traits: JsonObject;
  metadataPublic: JsonObject;
  metadataAdmin: JsonObject;
  externalId?: string;
  organizationId?: string;
  /** Their id in the product that they come from; part of `metadataAdmin` as well. */
  oldId?: string;
  state?: 'active' | 'inactive';
  /** What the row itself says is to be done; absent: as the mode says. */
  action?: RowAction;
  password?: string;
  passwordHash?: string;
  /** Whether the address, or the phone number, counts as verified. */
  emailVerified?: boolean;
  phoneVerified?: boolean;
  /** Columns whose value an existing user loses. */
  cleared?: number[];
  /** Columns whose cell holds no value, although it is not empty: it takes none away from an existing user. */
  keepsExisting?: number[];
}

/** An identity as it is created. */
export interface NewIdentity extends OtherCredentials {
  schemaId: string;
  traits: JsonObject;
  metadataPublic?: JsonObject;
  metadataAdmin: JsonObject;
  externalId?: string;
  organizationId?: string;
  state: 'active' | 'inactive';
  /** Absent for users who come with something else to sign in with. */
  hashedPassword?: string;
  /** Addresses to import as verified, in the form in which Kratos compares them. */
  verifiedEmails: string[];
  /** The same of phone numbers; absent where there are none. */
  verifiedPhones?: string[];
}

/** An identity as a look-up finds it. */
export interface FoundIdentity {
  id: string;
  schemaId: string;
  /** By the names of Kratos's API, as a JSON Patch addresses them. */
  fields: IdentityFields;
  /** When the state was changed last (ISO 8601), where Kratos says so. */
  stateChangedAt?: string;
}

export interface StoredIdentity extends FoundIdentity {
  passwordHash?: string;
  /** Their accounts elsewhere, as `signInKey` writes them. */
  signIns: string[];
  /** By what else one can get in: `totp`, `passkey`, `webauthn` … */
  otherCredentials: string[];
  verifiedAddresses: string[];
}

export interface IdentityFields {
  traits: JsonObject;
  metadata_public?: unknown;
  metadata_admin?: unknown;
  external_id?: string;
  organization_id?: string;
  state?: string;
}

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string };
