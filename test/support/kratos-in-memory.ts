import { randomUUID } from 'node:crypto';
import {
  KratosError,
  type CreateAnswer,
  type FoundIdentity,
  type Kratos,
  type NewIdentity,
} from '../../src/kratos/kratos.js';
import { comparable } from '../../src/rules/email.js';
import type { IdentitySchema } from '../../src/rules/identity-schema.js';
import { personSchema } from './identity-schemas.js';

export interface KratosHabits {
  schemas?: IdentitySchema[];
  takesExternalId?: boolean;
  /** v1.3.1: one conflict rolls the batch back, and the others are still answered as created. */
  rollsBackOnConflict?: boolean;
  /** The answer for an identity that breaks a rule of Kratos alone; nothing when it breaks none. */
  refuses?: (identity: NewIdentity) => { status: number; reason: string } | undefined;
  /** What the whole request fails with when this identity is in it; nothing when it is harmless. */
  poisonedBy?: (identity: NewIdentity) => KratosError | undefined;
}

/** Kratos over a Map, with the habits of its versions; counts the requests. */
export class KratosInMemory implements Kratos {
  readonly identities = new Map<string, NewIdentity>();
  readonly requests = { createBatch: 0, storedIds: 0, findByIdentifier: 0 };
  /** Called before each request that is counted; may throw what the network would. */
  beforeRequest: () => void = () => undefined;

  constructor(private readonly habits: KratosHabits = {}) {}

  async ready(): Promise<void> {}

  async checkToken(): Promise<void> {}

  async takesExternalId(): Promise<boolean> {
    return this.habits.takesExternalId ?? true;
  }

  async schemas(): Promise<IdentitySchema[]> {
    return this.habits.schemas ?? [personSchema];
  }

  /** Puts an identity there as another program would. */
  store(identity: NewIdentity): string {
    const id = randomUUID();
    this.identities.set(id, identity);
    return id;
  }

  async createBatch(identities: NewIdentity[]): Promise<CreateAnswer[]> {
    this.count('createBatch');
    const { refuses, poisonedBy, rollsBackOnConflict } = this.habits;
    for (const identity of identities) {
      const poison = poisonedBy?.(identity);
      if (poison) throw poison;
    }
    const taken = new Set([...this.identities.values()].flatMap(identifiersOf));
    const reachDatabase = identities.filter((identity) => !refuses?.(identity));
    const answers = identities.map((identity): CreateAnswer => {
      const refusal = refuses?.(identity);
      if (refusal) return { kind: 'refused', ...refusal };
      const own = identifiersOf(identity);
      if (own.some((identifier) => taken.has(identifier))) return { kind: 'conflict' };
      for (const identifier of own) taken.add(identifier);
      return { kind: 'created', id: randomUUID() };
    });
    const conflict = answers.some(({ kind }) => kind === 'conflict');
    if (conflict && reachDatabase.length === 1) {
      throw new KratosError('refused', 'Kratos answered 409', { status: 409 });
    }
    if (conflict && rollsBackOnConflict) return answers;
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'created') this.identities.set(answer.id, identities[i]!);
    }
    return answers;
  }

  async storedIds(ids: string[]): Promise<Set<string>> {
    this.count('storedIds');
    return new Set(ids.filter((id) => this.identities.has(id)));
  }

  async findByIdentifier(identifier: string): Promise<FoundIdentity | undefined> {
    this.count('findByIdentifier');
    for (const [id, identity] of this.identities) {
      if (!identifiersOf(identity).includes(comparable(identifier))) continue;
      return { id, traits: identity.traits, metadataAdmin: identity.metadataAdmin };
    }
    return undefined;
  }

  private count(request: keyof typeof this.requests): void {
    this.beforeRequest();
    this.requests[request]++;
  }
}

/** The traits that people sign in with in these tests. */
function identifiersOf({ traits }: NewIdentity): string[] {
  return [traits['email'], traits['username']].flatMap((value) =>
    typeof value === 'string' ? [comparable(value)] : [],
  );
}
