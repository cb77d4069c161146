/** The live dry run: what each row would do, found out by look-ups alone. */
import type { Mode } from '../contract/input.js';
import type { FoundIdentity, Kratos } from '../kratos/kratos.js';
import { changesOf } from '../rules/changes.js';
import type { ColumnMap } from '../rules/columns.js';
import type { Candidate } from './candidate.js';
import { IDENTIFIER_CONFLICT, type Decision } from './decision.js';
import { findUser } from './find-user.js';

/** @param kratos only what reads */
export async function lookAtUser(
  kratos: Pick<Kratos, 'findByIdentifier'>,
  candidate: Candidate,
  map: ColumnMap,
  mode: Mode,
): Promise<Decision> {
  const { user, taken } = await findUser(kratos, candidate);
  if (user) return mode === 'skip' ? wouldSkip(user) : wouldUpdate(candidate, map, user);
  return taken ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

function wouldSkip({ id }: FoundIdentity): Decision {
  return { outcome: 'would_skip', identityId: id };
}

function wouldUpdate({ row }: Candidate, map: ColumnMap, { id, fields }: FoundIdentity): Decision {
  const changes = changesOf(row, map, fields);
  return changes.length === 0
    ? { outcome: 'unchanged', identityId: id, invitation: 'none' }
    : { outcome: 'would_update', identityId: id, changes };
}
