import type { FoundIdentity } from '../identity/identity.js';
import type { Kratos } from '../kratos/kratos.js';
import type { Candidate } from './candidate.js';

/** Who stands where a row's user would. */
export interface Standing {
  /** The row's user. */
  user?: FoundIdentity;
  /** Somebody else has one of its identifiers. */
  taken: boolean;
}

/** Only what reads. */
export type Finder = Pick<Kratos, 'findByIdentifier' | 'findByIds'>;

/**
 * Who stands where the candidates' users would: those who were known to be there are read again all at once, and whoever
 * is not among them is looked up.
 * @param known ids by line; see known-users.ts
 */
export async function findUsers(
  kratos: Finder,
  candidates: Candidate[],
  known: ReadonlyMap<number, string>,
): Promise<Map<Candidate, Standing>> {
  const ids = candidates.flatMap(({ line }) => known.get(line) ?? []);
  const read = ids.length > 0 ? await kratos.findByIds(ids) : [];
  const byId = new Map(read.map((user) => [user.id, user]));
  const standings = new Map<Candidate, Standing>();
  for (const candidate of candidates) {
    const user = byId.get(known.get(candidate.line) ?? '');
    const isTheirs = user && candidate.isSameUser(user);
    standings.set(candidate, isTheirs ? { user, taken: false } : await findUser(kratos, candidate));
  }
  return standings;
}

/** Looks a row's user up by each identifier in turn, the address first. */
async function findUser(
  kratos: Pick<Kratos, 'findByIdentifier'>,
  candidate: Candidate,
): Promise<Standing> {
  let taken = false;
  for (const identifier of candidate.identifiers) {
    const found = await kratos.findByIdentifier(identifier);
    if (!found) continue;
    if (candidate.isOwn(found) || candidate.isSameUser(found)) return { user: found, taken };
    taken = true;
  }
  return { taken };
}
