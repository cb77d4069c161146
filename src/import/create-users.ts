/** Creating users in batches, so that each row gets a true outcome whatever Kratos says of its batch. */
import type { KratosError, CreateAnswer, Kratos } from '../kratos/kratos.js';
import { afterImage } from '../identity/after-image.js';
import type { NewIdentity } from '../identity/identity.js';
import { hasPassword } from '../identity/ways-in.js';
import type { Candidate } from './candidate.js';
import { valuesOf } from '../settled.js';
import { findUsers } from './find-user.js';
import { refusal, rejection, type Decision, type Decisions } from './decision.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';

/** Fewer rows a batch cost Kratos more for each. */
const FEWEST_ROWS = 100;

/**
 * Creates the candidates in some batches at once.
 * @param most so many batches at most
 * @see createUsers
 */
export async function createUsersInParts(
  kratos: Kratos,
  candidates: Candidate[],
  decisions: Decisions,
  most: number,
): Promise<Candidate[]> {
  const parts = Math.max(1, Math.min(most, Math.floor(candidates.length / FEWEST_ROWS)));
  const size = Math.ceil(candidates.length / parts);
  const answers = await Promise.allSettled(
    Array.from({ length: parts }, (_, i) =>
      createUsers(kratos, candidates.slice(i * size, (i + 1) * size), decisions),
    ),
  );
  // Not before all have been answered: what they have created is known then.
  return valuesOf(answers).flat();
}

/** What Kratos says that it has created. */
interface Created {
  candidate: Candidate;
  id: string;
  /** Of the password, as it was sent. */
  hash: string | undefined;
}

/**
 * Creates the candidates; users who exist are left as they are.
 * @param decisions gets the decision of each candidate but of those that conflict
 * @returns the candidates that conflict with an identity
 */
export async function createUsers(
  kratos: Kratos,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  if (candidates.length === 0) return [];
  let sent;
  try {
    sent = await send(kratos, candidates);
  } catch (error) {
    if (!isRowError(error)) throw error;
    const [first, ...others] = candidates;
    if (first && others.length === 0) return giveUp(kratos, first, error, decisions);
    const middle = candidates.length >> 1;
    return [
      ...(await createUsers(kratos, candidates.slice(0, middle), decisions)),
      ...(await createUsers(kratos, candidates.slice(middle), decisions)),
    ];
  }

  const conflicts: Candidate[] = [];
  const created: Created[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const answer = sent.answers[i]!;
    const { hashedPassword: hash } = sent.identities[i]!;
    if (answer.kind === 'created') created.push({ candidate, id: answer.id, hash });
    else if (answer.kind === 'conflict') conflicts.push(candidate);
    else decisions.set(candidate.line, refusal(answer.status, answer.reason));
  }
  const lost = await confirmStored(kratos, created, conflicts.length > 0, decisions);
  return [...conflicts, ...(await createUsers(kratos, lost, decisions))];
}

async function send(
  kratos: Kratos,
  candidates: Candidate[],
): Promise<{ identities: NewIdentity[]; answers: CreateAnswer[] }> {
  const made = candidates.map((candidate) => candidate.identity());
  const hashed = await Promise.all(made.filter(isPromise));
  const identities = made.map((one) => (isPromise(one) ? hashed.shift()! : one));
  const request = () => kratos.createBatch(identities);
  const answers = await (candidates.length === 1 ? retrySingleRow(kratos, request) : request());
  return { identities, answers };
}

function isPromise(made: NewIdentity | Promise<NewIdentity>): made is Promise<NewIdentity> {
  return made instanceof Promise;
}

/** A request of one row that Kratos refused or broke on. Returns the row when it turns out to conflict. */
async function giveUp(
  kratos: Kratos,
  candidate: Candidate,
  error: KratosError,
  decisions: Decisions,
): Promise<Candidate[]> {
  const { status, byGateway } = error.details;
  if (status === 409 && !byGateway) return [candidate];
  const created = byGateway ? await createdAllTheSame(kratos, candidate) : undefined;
  decisions.set(candidate.line, created ?? rejection(error));
  return [];
}

/** A gateway may let a request through and block its answer: then the user is there. */
async function createdAllTheSame(
  kratos: Kratos,
  candidate: Candidate,
): Promise<Decision | undefined> {
  const lookup = (await findUsers(kratos, [candidate], new Map(), new Map())).get(candidate);
  if (!lookup?.match || !candidate.isOwn(lookup.match)) return undefined;
  const { hashedPassword } = await candidate.identity();
  return createdDecision(candidate, lookup.match.id, hashedPassword);
}

/**
 * Records the users who were created; returns the candidates that were not after all. Kratos before v25.4 rolls a batch
 * back when one identity of it conflicts, and still answers that it created the others.
 */
async function confirmStored(
  kratos: Kratos,
  created: Created[],
  inDoubt: boolean,
  decisions: Decisions,
): Promise<Candidate[]> {
  const stored =
    inDoubt && created.length > 0 ? await kratos.storedIds(created.map(({ id }) => id)) : undefined;
  const lost: Candidate[] = [];
  for (const { candidate, id, hash } of created) {
    if (stored && !stored.has(id)) lost.push(candidate);
    else decisions.set(candidate.line, createdDecision(candidate, id, hash));
  }
  return lost;
}

/** @param hash of the password as it was sent; where it is not known any more there is no after-image */
export function createdDecision(
  candidate: Candidate,
  identityId: string,
  hash: string | undefined,
): Decision {
  const given = hasPassword(candidate.importRow);
  const invitation = candidate.choosesPassword ? 'due' : 'none';
  const isKnown = !given || hash !== undefined;
  return {
    outcome: 'created',
    identityId,
    invitation,
    ...(isKnown && {
      after: afterImage(identityId, candidate.profile(), given ? hash : undefined),
    }),
  };
}
