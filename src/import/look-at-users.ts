/** The live dry run: what each row would do, found out by look-ups alone. */
import type { Mode } from '../contract/input.js';
import type { Change } from '../contract/outcomes.js';
import type { FoundIdentity, Kratos } from '../kratos/kratos.js';
import { changesOf } from '../rules/changes.js';
import type { ColumnMap } from '../rules/columns.js';
import { comparable } from '../rules/email.js';
import type { Candidate } from './candidate.js';
import { IDENTIFIER_CONFLICT, type Decision } from './decision.js';
import { findUser } from './find-user.js';

/** Only what reads. */
type Look = Pick<Kratos, 'findByIdentifier'>;

export async function lookAtUser(
  kratos: Look,
  candidate: Candidate,
  map: ColumnMap,
  mode: Mode,
): Promise<Decision> {
  const { user, taken } = await findUser(kratos, candidate);
  if (user) return mode === 'skip' ? wouldSkip(user) : wouldUpdate(kratos, candidate, map, user);
  return taken ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

function wouldSkip({ id }: FoundIdentity): Decision {
  return { outcome: 'would_skip', identityId: id };
}

async function wouldUpdate(
  kratos: Look,
  candidate: Candidate,
  map: ColumnMap,
  { id, fields }: FoundIdentity,
): Promise<Decision> {
  const changes = changesOf(candidate.row, map, fields);
  if (changes.length === 0) return { outcome: 'unchanged', identityId: id, invitation: 'none' };
  for (const identifier of newIdentifiers(candidate, changes)) {
    const holder = await kratos.findByIdentifier(identifier);
    if (holder && holder.id !== id) return IDENTIFIER_CONFLICT;
  }
  return { outcome: 'would_update', identityId: id, changes };
}

/** What the user would be found by from then on, and was not before. */
function newIdentifiers({ identifiers }: Candidate, changes: Change[]): string[] {
  const values = changes.flatMap(({ after }) =>
    typeof after === 'string' ? [comparable(after)] : [],
  );
  return identifiers.filter((identifier) => values.includes(identifier));
}
