import type { FoundIdentity } from '../identity/identity.js';
import type { Kratos } from '../kratos/kratos.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Candidate } from './candidate.js';
import { rejection, type Decisions } from './decision.js';
import { isInTheWay } from './in-the-way.js';

/** What is found in the place of a row's user. */
export interface Lookup {
  /** The row's user. */
  match?: FoundIdentity;
  /** What another user has of the row's. */
  conflict?: 'identifier' | 'sign_in' | undefined;
}

/** Only what reads. */
export type LookupApi = Pick<
  Kratos,
  'ready' | 'findByIdentifier' | 'findByExternalId' | 'findByIds' | 'get'
>;

/**
 * Looks the candidates' users up: those who existed when the file was validated by their ids, all at once, and the
 * users who are not found among them by their identifiers.
 * @param existingIds by line; see existing-users.ts
 * @param decisions gets those of the candidates whose look-up Kratos, or a firewall in front of it, refuses
 */
export async function findUsers(
  kratos: LookupApi,
  candidates: Candidate[],
  existingIds: ReadonlyMap<number, string>,
  decisions: Decisions,
): Promise<Map<Candidate, Lookup>> {
  const byId = await readUsers(
    kratos,
    candidates.flatMap(({ line }) => existingIds.get(line) ?? []),
  );
  const lookups = new Map<Candidate, Lookup>();
  for (const candidate of candidates) {
    const match = byId.get(existingIds.get(candidate.line) ?? '');
    const isSame = match && candidate.isSameUser(match, true);
    try {
      const lookup = isSame ? { match } : await findUser(kratos, candidate);
      lookups.set(candidate, lookup);
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(candidate.line, rejection(error));
    }
  }
  return lookups;
}

/** The users of these ids who are still there, by id. */
export async function readUsers(
  kratos: LookupApi,
  ids: string[],
): Promise<Map<string, FoundIdentity>> {
  if (ids.length === 0) return new Map();
  try {
    const users = await kratos.findByIds(ids);
    return new Map(users.map((user) => [user.id, user]));
  } catch (error) {
    if (!isRowError(error)) throw error;
    // Each is looked up by itself then, which shows the row that is at fault.
    return new Map();
  }
}

/**
 * Looks a row's user up by the id that stays with them, where that counts, and by each identifier in turn, the address
 * first.
 */
async function findUser(kratos: LookupApi, candidate: Candidate): Promise<Lookup> {
  let conflict: Lookup['conflict'];
  const { externalId } = candidate;
  if (externalId !== undefined) {
    const match = await retrySingleRow(kratos, () => kratos.findByExternalId(externalId));
    if (match) return { match };
  }
  for (const identifier of candidate.identifiers) {
    const found = await retrySingleRow(kratos, () => kratos.findByIdentifier(identifier));
    if (!found) continue;
    if (candidate.isOwn(found) || candidate.isSameUser(found)) return { match: found, conflict };
    if (isInTheWay(candidate, found, identifier)) conflict ??= kindOf(candidate, identifier);
  }
  return { conflict };
}

function kindOf({ signIns }: Candidate, identifier: string): NonNullable<Lookup['conflict']> {
  return signIns.some(({ form }) => form === identifier) ? 'sign_in' : 'identifier';
}
