/** What an identity is: as a row describes it, as it is sent to Kratos, and as Kratos has it. */
import type { JsonObject } from './json-pointer.js';

/** A user as the file gives them, in the shape of an identity. What the file does not give is absent. */
export interface ImportRow {
  /** Empty where the user has no address. */
  email: string;
  traits: JsonObject;
  metadataPublic: JsonObject;
  metadataAdmin: JsonObject;
  externalId?: string;
  state?: 'active' | 'inactive';
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
export interface NewIdentity {
  schemaId: string;
  traits: JsonObject;
  metadataPublic?: JsonObject;
  metadataAdmin: JsonObject;
  externalId?: string;
  state: 'active' | 'inactive';
  hashedPassword: string;
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
}

export interface StoredIdentity extends FoundIdentity {
  passwordHash?: string;
  /** By what else than a password one can get in: `totp`, `passkey`, `oidc` … */
  otherCredentials: string[];
  verifiedAddresses: string[];
}

export interface IdentityFields {
  traits: JsonObject;
  metadata_public?: unknown;
  metadata_admin?: unknown;
  external_id?: string;
  state?: string;
}

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string };
