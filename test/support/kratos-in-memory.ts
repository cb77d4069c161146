import { randomUUID } from 'node:crypto';
import type {
  FoundIdentity,
  IdentityFields,
  NewIdentity,
  PatchOperation,
  StoredIdentity,
} from '../../src/identity/identity.js';
import {
  KratosError,
  type CreateAnswer,
  type IdentityPart,
  type IdentityPage,
  type Kratos,
  type PasswordSwap,
  type Recovery,
  type SwapResult,
} from '../../src/kratos/kratos.js';
import type { RecoveryMethod } from '../../src/contract/import/input.js';
import { normalizeIdentifier } from '../../src/identity/email.js';
import { signInKey, signInsOf } from '../../src/identity/identifiers.js';
import type { IdentitySchema } from '../../src/identity/schema.js';
import { personSchema } from './identity-schemas.js';
import { applyPatch } from './json-patch.js';

export interface KratosHabits {
  schemas?: IdentitySchema[];
  /** What no identity can be created with. */
  lacks?: IdentityPart[];
  /** On its login page; undefined where that cannot be read. */
  providers?: string[] | undefined;
  /** The number of identities on a page of a listing. */
  pageSize?: number;
  /** The traits that people sign in with, the address first; the others are only unique. */
  signInWith?: string[];
  /** The setting of recovery that is off. */
  recoveryIsOff?: string;
  /** v1.3.1: one conflict rolls the batch back, and the others are still answered as created. */
  rollsBackOnConflict?: boolean;
  /** v1.3.1 cannot: no password of a user who is signed in is replaced. */
  comparesPasswords?: boolean;
  /** The answer for an identity that breaks a rule of Kratos alone; nothing when it breaks none. */
  refuses?: (identity: NewIdentity) => { status: number; reason: string } | undefined;
  /** The error of the whole request when this identity is in it; nothing when it is harmless. */
  poisonedBy?: (identity: NewIdentity) => KratosError | undefined;
}

export type Request =
  'createBatch' | 'storedIds' | 'findByIdentifier' | 'update' | 'remove' | 'revokeSessions';

/** Kratos over a Map, with the habits of its versions; counts the requests. */
export class KratosInMemory implements Kratos {
  readonly identities = new Map<string, NewIdentity>();
  readonly requests: Record<Exclude<Request, 'remove' | 'revokeSessions'>, number> & {
    remove?: number;
    revokeSessions?: number;
  } = {
    createBatch: 0,
    storedIds: 0,
    findByIdentifier: 0,
    update: 0,
  };
  /** Ids of the users who have logged in. */
  readonly sessions = new Set<string>();
  /** Of them, those whose sessions were ended since. */
  readonly signedOut = new Set<string>();
  /** When the state of users was changed by a request, by id. */
  readonly stateChanges = new Map<string, string>();
  now: () => Date = () => new Date('2026-11-02T10:00:00Z');
  /** The credentials of people besides a password, by id. */
  readonly otherCredentials = new Map<string, string[]>();
  /** Called before each request that is counted; may throw an error of the network, or wait. */
  beforeRequest: (request: Request) => void | Promise<void> = () => undefined;
  /** Called when a request has been carried out, before the answer; may throw or wait as well. */
  afterRequest: (request: Request) => void | Promise<void> = () => undefined;

  constructor(private readonly habits: KratosHabits = {}) {}

  async ready(): Promise<void> {}

  async checkToken(): Promise<void> {}

  async supports(part: IdentityPart): Promise<boolean> {
    return !this.habits.lacks?.includes(part);
  }

  async signInProviders(): Promise<string[] | undefined> {
    return this.habits.providers;
  }

  async schemas(): Promise<IdentitySchema[]> {
    return this.habits.schemas ?? [personSchema];
  }

  /** Stores an identity as another program would. */
  store(identity: NewIdentity): string {
    const id = randomUUID();
    this.identities.set(id, identity);
    return id;
  }

  /** The identity that signs in with this address, if any. */
  byEmail(email: string): [id: string, identity: NewIdentity] | undefined {
    return [...this.identities].find(([, identity]) => valuesOf(identity, ['email'])[0] === email);
  }

  createBatch(identities: NewIdentity[]): Promise<CreateAnswer[]> {
    return this.carryOut('createBatch', () => {
      const { refuses, rollsBackOnConflict } = this.habits;
      this.throwPoison(identities);
      const taken = new Set([...this.identities.values()].flatMap(uniquesOf));
      const reachDatabase = identities.filter((identity) => !refuses?.(identity));
      const answers = identities.map((identity): CreateAnswer => {
        const refusal = refuses?.(identity);
        if (refusal) return { kind: 'refused', ...refusal };
        const own = uniquesOf(identity);
        if (own.some((identifier) => taken.has(identifier))) return { kind: 'conflict' };
        for (const identifier of own) taken.add(identifier);
        return { kind: 'created', id: randomUUID() };
      });
      const conflict = answers.some(({ kind }) => kind === 'conflict');
      if (conflict && reachDatabase.length === 1) throw answered(409);
      if (conflict && rollsBackOnConflict) return answers;
      for (const [i, answer] of answers.entries()) {
        if (answer.kind === 'created') this.identities.set(answer.id, identities[i]!);
      }
      return answers;
    });
  }

  storedIds(ids: string[]): Promise<Set<string>> {
    return this.carryOut('storedIds', () => new Set(ids.filter((id) => this.identities.has(id))));
  }

  async findByIds(ids: string[]): Promise<FoundIdentity[]> {
    return ids.flatMap((id) => {
      const identity = this.identities.get(id);
      return identity ? [this.found(id, identity)] : [];
    });
  }

  /** In the order of their ids, as Kratos gives them. */
  async listPage(next = ''): Promise<IdentityPage> {
    const ids = [...this.identities.keys()].sort().filter((id) => id > next);
    const page = ids.slice(0, this.habits.pageSize ?? 500);
    const last = page.at(-1);
    const users = await this.findByIds(page);
    return { users, next: page.length < ids.length ? last : undefined };
  }

  findByIdentifier(identifier: string): Promise<FoundIdentity | undefined> {
    return this.carryOut('findByIdentifier', () => {
      const wanted = normalized(identifier);
      const { signInWith = ['email', 'username'] } = this.habits;
      for (const [id, identity] of this.identities) {
        const isSignIn = signInsOf(identity).some(({ form }) => form === identifier);
        if (isSignIn || valuesOf(identity, signInWith).includes(wanted))
          return this.found(id, identity);
      }
      return undefined;
    });
  }

  async findByExternalId(externalId: string): Promise<FoundIdentity | undefined> {
    for (const [id, identity] of this.identities) {
      if (identity.externalId === externalId) return this.found(id, identity);
    }
    return undefined;
  }

  async get(id: string): Promise<StoredIdentity | undefined> {
    const identity = this.identities.get(id);
    return (
      identity && {
        ...this.found(id, identity),
        passwordHash: identity.hashedPassword,
        signIns: signInsOf(identity).map(signInKey),
        otherCredentials: this.otherCredentials.get(id) ?? [],
        verifiedAddresses: [...identity.verifiedEmails, ...(identity.verifiedPhones ?? [])],
      }
    );
  }

  async getListed(ids: string[]): Promise<StoredIdentity[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((user) => user !== undefined);
  }

  swapPassword(id: string, { from, to, evenSignedIn }: PasswordSwap): Promise<SwapResult> {
    return this.carryOut('update', () => {
      const identity = this.identities.get(id);
      if (!identity) throw answered(404);
      const { hashedPassword } = identity;
      if (hashedPassword === to) return 'replaced';
      if (hashedPassword !== from) return 'other';
      const { comparesPasswords = true } = this.habits;
      if (!comparesPasswords && !evenSignedIn && this.sessions.has(id)) return 'signed_in';
      this.identities.set(id, { ...identity, hashedPassword: to });
      return 'replaced';
    });
  }

  async hasSessions(id: string): Promise<boolean> {
    return this.sessions.has(id);
  }

  revokeSessions(id: string): Promise<void> {
    return this.carryOut('revokeSessions', () => {
      if (this.sessions.has(id)) this.signedOut.add(id);
    });
  }

  remove(id: string): Promise<boolean> {
    return this.carryOut('remove', () => this.identities.delete(id));
  }

  async recoveryIsOff(): Promise<string | undefined> {
    return this.habits.recoveryIsOff;
  }

  async createRecovery(id: string, method: RecoveryMethod, expiresIn: string): Promise<Recovery> {
    if (!this.identities.has(id)) throw answered(404);
    const link = `https://kratos.example/recovery?of=${id}&for=${expiresIn}`;
    return { link, code: method === 'code' ? '123456' : undefined };
  }

  update(id: string, patch: PatchOperation[]): Promise<void> {
    return this.carryOut('update', () => {
      const identity = this.identities.get(id);
      if (!identity) throw answered(404);
      const changed = { ...identity, ...fromFields(applyPatch(toFields(identity), patch)) };
      this.throwPoison([changed]);
      const refusal = this.habits.refuses?.(changed);
      if (refusal) throw answered(refusal.status, refusal.reason);
      const others = [...this.identities].flatMap(([otherId, other]) =>
        otherId === id ? [] : uniquesOf(other),
      );
      if (uniquesOf(changed).some((unique) => others.includes(unique))) throw answered(409);
      if (changed.state !== identity.state) this.stateChanges.set(id, this.now().toISOString());
      this.identities.set(id, changed);
    });
  }

  private found(id: string, identity: NewIdentity): FoundIdentity {
    const stateChangedAt = this.stateChanges.get(id);
    const { schemaId } = identity;
    const fields = toFields(identity);
    return { id, schemaId, fields, ...(stateChangedAt !== undefined && { stateChangedAt }) };
  }

  private throwPoison(identities: NewIdentity[]): void {
    for (const identity of identities) {
      const poison = this.habits.poisonedBy?.(identity);
      if (poison) throw poison;
    }
  }

  private async carryOut<T>(request: Request, work: () => T): Promise<T> {
    await this.beforeRequest(request);
    this.requests[request] = (this.requests[request] ?? 0) + 1;
    const answer = work();
    await this.afterRequest(request);
    return answer;
  }
}

function answered(status: number, reason?: string): KratosError {
  return new KratosError('refused', `Kratos answered ${status}`, { status, reason });
}

/** The values of some traits as Kratos keeps them. */
function valuesOf({ traits }: NewIdentity, names: string[]): string[] {
  return names.flatMap((name) => {
    const value = traits[name];
    return typeof value === 'string' ? [normalized(value)] : [];
  });
}

/** Versions after v26.2.0 take more for the same than validation does: wide letters, too. */
function normalized(identifier: string): string {
  return normalizeIdentifier(identifier).normalize('NFKC');
}

/** The values that no two identities may share. */
function uniquesOf(identity: NewIdentity): string[] {
  const { externalId } = identity;
  const values = valuesOf(identity, ['email', 'username', 'backup']);
  const signIns = signInsOf(identity).map(signInKey);
  return [...values, ...signIns, ...(externalId === undefined ? [] : [`id ${externalId}`])];
}

/** As Kratos's API shows it; metadata that was not given is null. */
export function toFields(identity: NewIdentity): IdentityFields {
  const { traits, metadataPublic = null, metadataAdmin, externalId, state } = identity;
  return structuredClone({
    traits,
    metadata_public: metadataPublic,
    metadata_admin: metadataAdmin,
    ...(externalId !== undefined && { external_id: externalId }),
    state,
  });
}

function fromFields(fields: IdentityFields): Partial<NewIdentity> {
  const { traits, metadata_public, metadata_admin, external_id, state } = fields;
  return {
    traits,
    ...(metadata_public !== null && { metadataPublic: metadata_public as NewIdentity['traits'] }),
    metadataAdmin: metadata_admin as NewIdentity['traits'],
    ...(external_id !== undefined && { externalId: external_id }),
    state: state as NewIdentity['state'],
  };
}
