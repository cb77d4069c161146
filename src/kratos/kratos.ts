/** The port to Kratos: what the import needs of it. Only the adapter knows Kratos's own API. */
import type { RecoveryMethod } from '../contract/import/input.js';
import type {
  FoundIdentity,
  NewIdentity,
  PatchOperation,
  StoredIdentity,
} from '../identity/identity.js';
import type { IdentitySchema } from '../identity/schema.js';

export interface Kratos {
  /** Proves that Kratos answers and has its database. */
  ready(): Promise<void>;
  /** Proves that this is the admin port, and that the token, if one is needed, is accepted. */
  checkToken(): Promise<void>;
  /** Whether identities can be created with this part. */
  supports(part: IdentityPart): Promise<boolean>;
  /** The providers of social sign-ins that its login page offers; undefined where that cannot be read. */
  signInProviders(): Promise<string[] | undefined>;
  /** Every identity schema, by id. */
  schemas(): Promise<IdentitySchema[]>;
  /**
   * Creates identities in one request.
   * @param identities 1 to 1,000
   * @returns one answer an identity, in their order. `created` is what Kratos says: on versions before v25.4 it may
   * say so of identities that it rolled back because another one of the request conflicts
   */
  createBatch(identities: NewIdentity[]): Promise<CreateAnswer[]>;
  /** Which of these ids are stored. */
  storedIds(ids: string[]): Promise<Set<string>>;
  /** The identity that signs in with this identifier. */
  findByIdentifier(identifier: string): Promise<FoundIdentity | undefined>;
  /**
   * The identity with this `external_id`, of a Kratos that has them. Undefined also for one that no path can name, such
   * as `..`.
   */
  findByExternalId(externalId: string): Promise<FoundIdentity | undefined>;
  /** The identities of these ids, as far as they exist, in any order. */
  findByIds(ids: string[]): Promise<FoundIdentity[]>;
  /**
   * Some hundred identities, in the order of their ids.
   * @param next the `next` of the page before; the first page without it
   */
  listPage(next?: string): Promise<IdentityPage>;
  /** An identity by its id, with its credentials, which show whether its user has taken it into use. */
  get(id: string): Promise<StoredIdentity | undefined>;
  /**
   * Those of these identities that one request shows with their credentials, as `get` shows them, in any order. One that
   * is not among them may still be there.
   * @param ids 1 to 100
   */
  getListed(ids: string[]): Promise<StoredIdentity[]>;
  /**
   * The setting that has to be switched on before Kratos makes links or codes of this kind; undefined when it makes
   * them.
   */
  recoveryIsOff(method: RecoveryMethod): Promise<string | undefined>;
  /**
   * Makes a link, or a code and the page to enter it, by which a user gets in and chooses a password.
   * @param expiresIn how long it works, such as `1h`
   */
  createRecovery(id: string, method: RecoveryMethod, expiresIn: string): Promise<Recovery>;
  /** Changes fields of an identity; the same again changes nothing more. */
  update(id: string, patch: PatchOperation[]): Promise<void>;
  /**
   * Puts another hash in the place of a user's password where it is still the one that was meant; the same again does
   * nothing more.
   */
  swapPassword(id: string, swap: PasswordSwap): Promise<SwapResult>;
  /** Whether the user has ever logged in, as far as Kratos has kept it; sessions that are over count too. */
  hasSessions(id: string): Promise<boolean>;
  /** Ends the user's sessions, which stay in Kratos's lists; nothing of a user who is not there. */
  revokeSessions(id: string): Promise<void>;
  /**
   * Deletes an identity.
   * @returns false when it was not there
   */
  remove(id: string): Promise<boolean>;
}

/** Signing in as a user does, at Kratos's public API. */
export interface SignIns {
  /** @throws KratosError when it cannot be told */
  signIn(identifier: string, password: string): Promise<SignInAnswer>;
  /**
   * Ends the session of a token.
   * @throws KratosError
   */
  signOut(token: string): Promise<void>;
}

/**
 *   signed_in  the password is enough
 *   wrong      Kratos does not know the user, or not with this password
 *   other      it wants more than a password, such as a second factor, or refuses the user for another reason
 */
export interface SignInAnswer {
  kind: 'signed_in' | 'wrong' | 'other';
  /** Of the session that there is now; also one that only waits for a second factor has a token. */
  token?: string;
}

/** Parts of an identity that not every version of Kratos takes; the last four are credentials. */
export type IdentityPart =
  'external_id' | 'organization_id' | 'saml' | 'totp' | 'lookup_secret' | 'passkey';
export interface PasswordSwap {
  /** The hash that is replaced, and no other one. */
  from: string;
  to: string;
  /** Whether Kratos before v25.4, which cannot compare, may do it although the user is signed in. */
  evenSignedIn?: boolean;
}

/**
 *   replaced   the user has the new hash, by this request or an earlier one
 *   other      the user has a password of another hash, which stays
 *   signed_in  Kratos before v25.4: the user may be choosing a password, and keeps what they have
 */
export type SwapResult = 'replaced' | 'other' | 'signed_in';

/** The id of an identity that no Kratos has. */
export const ABSENT_IDENTITY = '00000000-0000-4000-8000-000000000000';

export interface Recovery {
  link: string;
  /** Only of the method `code`. */
  code?: string;
}

export type CreateAnswer =
  | { kind: 'created'; id: string }
  | { kind: 'conflict' }
  | { kind: 'refused'; status: number; reason: string };

export interface IdentityPage {
  users: FoundIdentity[];
  /** Absent on the last page. */
  next?: string;
}

/**
 * A request that Kratos did not carry out as a whole. The message names the operation and the status, never what was
 * sent or answered.
 *
 *   unavailable   no answer, 429, 502 to 504, not ready, or an answer that is not Kratos's: sent again later
 *   unauthorized  401, or a redirect, as a login page does: sent again until the worker is let in
 *   blocked       403, or another 4xx that is not Kratos's: something in front of Kratos blocks this request or all
 *   refused       another 4xx: never sent again as it was
 *   broken        500: something in the request or in Kratos is at fault; a smaller request shows which
 */
export class KratosError extends Error {
  override readonly name = 'KratosError';

  constructor(
    readonly kind: 'unavailable' | 'unauthorized' | 'blocked' | 'refused' | 'broken',
    message: string,
    readonly details: {
      status?: number;
      reason?: string;
      retryAfterMs?: number;
      /** Kratos, or a proxy in front of it, has too much to do. */
      overloaded?: boolean;
      /** Something in front of Kratos refused this request, while it lets others through. */
      byGateway?: boolean;
      /** Only the answer is missing: Kratos may have carried the request out. */
      answerLost?: boolean;
      /** KRATOS_ADMIN_URL leads to the public port. */
      wrongPort?: boolean;
      /** Not the admin port was asked, but the public one, which gets no token. */
      publicPort?: boolean;
    } = {},
  ) {
    super(message);
  }
}
