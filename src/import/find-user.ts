import type { FoundIdentity, Kratos } from '../kratos/kratos.js';
import type { Candidate } from './candidate.js';

/** Who stands where a row's user would. */
export interface Standing {
  /** The row's user. */
  user?: FoundIdentity;
  /** Somebody else has one of its identifiers. */
  taken: boolean;
}

/** Looks a row's user up by each identifier in turn, the address first. */
export async function findUser(
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
