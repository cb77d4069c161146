/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import { changesOf } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import { comparable } from '../identity/email.js';
import type { Candidate } from './candidate.js';
import { IDENTIFIER_CONFLICT, type Decision, type Decisions } from './decision.js';
import { findUsers, type Finder, type Standing } from './find-user.js';

export interface Look {
  kratos: Finder;
  map: ColumnMap;
  mode: Mode;
  /** Who was there when the file was validated: ids by line. */
  known: ReadonlyMap<number, string>;
}

export async function lookAtUsers(
  { kratos, map, mode, known }: Look,
  candidates: Candidate[],
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  for (const [candidate, standing] of await findUsers(kratos, candidates, known)) {
    decisions.set(candidate.line, await lookAtUser(kratos, candidate, standing, map, mode));
  }
  return decisions;
}

async function lookAtUser(
  kratos: Finder,
  candidate: Candidate,
  { user, taken }: Standing,
  map: ColumnMap,
  mode: Mode,
): Promise<Decision> {
  if (user) return mode === 'skip' ? wouldSkip(user) : wouldUpdate(kratos, candidate, map, user);
  return taken ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

function wouldSkip({ id }: FoundIdentity): Decision {
  return { outcome: 'would_skip', identityId: id };
}

async function wouldUpdate(
  kratos: Finder,
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
