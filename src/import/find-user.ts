import type { FoundIdentity } from '../identity/identity.js';
import type { Kratos } from '../kratos/kratos.js';
import type { Candidate } from './candidate.js';

/** Who stands where a row's user would. */
export interface Lookup {
  /** The row's user. */
  match?: FoundIdentity;
  /** Somebody else has one of its identifiers. */
  conflict: boolean;
}

/** Only what reads. */
export type LookupApi = Pick<Kratos, 'findByIdentifier' | 'findByIds'>;

/**
 * Who stands where the candidates' users would: those who were known to be there are read again all at once, and whoever
 * is not among them is looked up.
 * @param existingUsers ids by line; see store/existing-users.ts
 */
export async function findUsers(
  kratos: LookupApi,
  candidates: Candidate[],
  existingUsers: ReadonlyMap<number, string>,
): Promise<Map<Candidate, Lookup>> {
  const ids = candidates.flatMap(({ line }) => existingUsers.get(line) ?? []);
  const read = ids.length > 0 ? await kratos.findByIds(ids) : [];
  const byId = new Map(read.map((user) => [user.id, user]));
  const lookups = new Map<Candidate, Lookup>();
  for (const candidate of candidates) {
    const match = byId.get(existingUsers.get(candidate.line) ?? '');
    const isTheirs = match && candidate.isSameUser(match);
    lookups.set(
      candidate,
      isTheirs ? { match, conflict: false } : await findUser(kratos, candidate),
    );
  }
  return lookups;
}

/** Looks a row's user up by each identifier in turn, the address first. */
async function findUser(
  kratos: Pick<Kratos, 'findByIdentifier'>,
  candidate: Candidate,
): Promise<Lookup> {
  let conflict = false;
  for (const identifier of candidate.identifiers) {
    const found = await kratos.findByIdentifier(identifier);
    if (!found) continue;
    if (candidate.isOwn(found) || candidate.isSameUser(found)) return { match: found, conflict };
    conflict = true;
  }
  return { conflict };
}
