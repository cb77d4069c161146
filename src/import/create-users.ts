/** Creating users so that each row gets a true outcome, whatever Kratos says of the batch that it was part of. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportCode } from '../contract/codes.js';
import {
  KratosError,
  type FoundIdentity,
  type Kratos,
  type NewIdentity,
} from '../kratos/kratos.js';

/** A row that is to become an identity. */
export interface Candidate {
  line: number;
  /** What the user can be found by: the address first. */
  identifiers: string[];
  identity: NewIdentity;
  /** Whether an identity was created from this row by this run; an attempt that died may have done so. */
  isOwn: (found: FoundIdentity) => boolean;
  /** Whether an identity is this row's user, created by whomever. */
  isSameUser: (found: FoundIdentity) => boolean;
}

export type CreateOutcome =
  | { outcome: 'created' | 'skipped'; identityId: string }
  | {
      outcome: 'failed';
      code: ImportCode;
      reason: string;
      /** Kratos failed on it by itself. */ broken?: boolean;
    };

/** How often a lone row that Kratos breaks on is sent again before it is given up, and after how long. */
const LONE_TRIES = 3;
const LONE_PAUSE_MS = 250;

/**
 * Creates the candidates, leaves who exists as they are.
 * @returns the outcome of each candidate, by line
 * @throws KratosError `unavailable` or `unauthorized`: nothing is decided then, and the same call can be made again
 */
export async function createUsers(
  kratos: Kratos,
  candidates: Candidate[],
): Promise<Map<number, CreateOutcome>> {
  const outcomes = new Map<number, CreateOutcome>();
  const conflicts = await createBatch(kratos, candidates, outcomes);
  for (const candidate of conflicts) {
    outcomes.set(candidate.line, await settleConflict(kratos, candidate));
  }
  blameKratosForAll(candidates, outcomes);
  return outcomes;
}

/** One row on which Kratos breaks is the row's fault; when it breaks on every row of several, it is Kratos's. */
function blameKratosForAll(candidates: Candidate[], outcomes: Map<number, CreateOutcome>): void {
  const broken = ({ line }: Candidate) => {
    const outcome = outcomes.get(line);
    return outcome?.outcome === 'failed' && outcome.broken === true;
  };
  if (candidates.length > 1 && candidates.every(broken)) {
    throw new KratosError('unavailable', `Kratos failed on each of ${candidates.length} rows`);
  }
}

/** Decides every candidate but those that conflict with an identity; these it returns. */
async function createBatch(
  kratos: Kratos,
  candidates: Candidate[],
  outcomes: Map<number, CreateOutcome>,
): Promise<Candidate[]> {
  if (candidates.length === 0) return [];
  let answers;
  try {
    answers = await kratos.createBatch(candidates.map(({ identity }) => identity));
  } catch (error) {
    if (!isAboutTheRequest(error)) throw error;
    const [first, ...others] = candidates;
    if (first && others.length === 0) return createAlone(kratos, first, error, outcomes);
    const middle = candidates.length >> 1;
    return [
      ...(await createBatch(kratos, candidates.slice(0, middle), outcomes)),
      ...(await createBatch(kratos, candidates.slice(middle), outcomes)),
    ];
  }

  const conflicts: Candidate[] = [];
  const created: { candidate: Candidate; id: string }[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const answer = answers[i]!;
    if (answer.kind === 'created') created.push({ candidate, id: answer.id });
    else if (answer.kind === 'conflict') conflicts.push(candidate);
    else outcomes.set(candidate.line, refusal(answer.status, answer.reason));
  }
  const lost = await keepStored(kratos, created, conflicts.length > 0, outcomes);
  return [...conflicts, ...(await createBatch(kratos, lost, outcomes))];
}

/**
 * Records who was created; returns who was not after all. Kratos before v25.4 rolls a batch back when one of it conflicts
 * and still answers that it created the others.
 */
async function keepStored(
  kratos: Kratos,
  created: { candidate: Candidate; id: string }[],
  inDoubt: boolean,
  outcomes: Map<number, CreateOutcome>,
): Promise<Candidate[]> {
  const stored =
    inDoubt && created.length > 0 ? await kratos.storedIds(created.map(({ id }) => id)) : undefined;
  const lost: Candidate[] = [];
  for (const { candidate, id } of created) {
    if (stored && !stored.has(id)) lost.push(candidate);
    else outcomes.set(candidate.line, { outcome: 'created', identityId: id });
  }
  return lost;
}

/** A request of one row that Kratos refused or broke on. Returns the row when it turns out to conflict. */
async function createAlone(
  kratos: Kratos,
  candidate: Candidate,
  firstError: KratosError,
  outcomes: Map<number, CreateOutcome>,
): Promise<Candidate[]> {
  let error = firstError;
  for (let tries = 1; error.kind === 'broken' && tries < LONE_TRIES; tries++) {
    await sleep(LONE_PAUSE_MS);
    // Throws when Kratos is down as a whole: then this row is not at fault.
    await kratos.ready();
    try {
      const [answer] = await kratos.createBatch([candidate.identity]);
      if (answer?.kind === 'conflict') return [candidate];
      outcomes.set(
        candidate.line,
        answer?.kind === 'created'
          ? { outcome: 'created', identityId: answer.id }
          : refusal(answer?.status ?? 0, answer?.reason ?? ''),
      );
      return [];
    } catch (next) {
      if (!isAboutTheRequest(next)) throw next;
      error = next;
    }
  }
  if (error.details.status === 409) return [candidate];
  outcomes.set(candidate.line, {
    outcome: 'failed',
    ...(error.kind === 'broken' && { broken: true }),
    code: 'rejected',
    reason: `Kratos answered ${error.details.status ?? 'nothing'} for this row: ${error.details.reason ?? 'no reason given'}`,
  });
  return [];
}

/** Somebody has one of the row's identifiers: its own user already, or another one. */
async function settleConflict(kratos: Kratos, candidate: Candidate): Promise<CreateOutcome> {
  const existing = await findUser(kratos, candidate);
  if (existing) return existing;
  // The one in the way may have been another row of the same batch that was rolled back with it: ask once more, alone.
  const outcomes = new Map<number, CreateOutcome>();
  const conflicts = await createBatch(kratos, [candidate], outcomes);
  if (conflicts.length === 0) return outcomes.get(candidate.line)!;
  return (
    (await findUser(kratos, candidate)) ?? {
      outcome: 'failed',
      code: 'identifier_conflict',
      reason: 'another user has one of the identifiers of this row',
    }
  );
}

async function findUser(kratos: Kratos, candidate: Candidate): Promise<CreateOutcome | undefined> {
  for (const identifier of candidate.identifiers) {
    const found = await kratos.findByIdentifier(identifier);
    if (!found) continue;
    if (candidate.isOwn(found)) return { outcome: 'created', identityId: found.id };
    if (candidate.isSameUser(found)) return { outcome: 'skipped', identityId: found.id };
  }
  return undefined;
}

function refusal(status: number, reason: string): CreateOutcome {
  const code = status === 400 ? 'schema_violation' : 'rejected';
  return {
    outcome: 'failed',
    code,
    reason: `Kratos answered ${status}: ${reason || 'no reason given'}`,
  };
}

/** Whether Kratos was there and took against what was sent, so that sending less of it can tell which row is at fault. */
function isAboutTheRequest(error: unknown): error is KratosError {
  return error instanceof KratosError && (error.kind === 'refused' || error.kind === 'broken');
}
