/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import { differencesOf } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import { normalizeIdentifier } from '../identity/email.js';
import type { Candidate } from './candidate.js';
import { IDENTIFIER_CONFLICT, type Decision, type Decisions } from './decision.js';
import { findUsers, type LookupApi, type Lookup } from './find-user.js';

export interface PreviewContext {
  kratos: LookupApi;
  map: ColumnMap;
  mode: Mode;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
}

export async function previewUsers(
  context: PreviewContext,
  candidates: Candidate[],
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  const lookups = await findUsers(context.kratos, candidates, context.existingIds);
  for (const [candidate, lookup] of lookups) {
    decisions.set(candidate.line, await previewUser(context, candidate, lookup));
  }
  return decisions;
}

async function previewUser(
  { kratos, map, mode }: PreviewContext,
  candidate: Candidate,
  { match, conflict }: Lookup,
): Promise<Decision> {
  if (match) return mode === 'skip' ? wouldSkip(match) : wouldUpdate(kratos, candidate, map, match);
  return conflict ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

function wouldSkip({ id }: FoundIdentity): Decision {
  return { outcome: 'would_skip', identityId: id };
}

async function wouldUpdate(
  kratos: LookupApi,
  candidate: Candidate,
  map: ColumnMap,
  { id, fields }: FoundIdentity,
): Promise<Decision> {
  const changes = differencesOf(candidate.importRow, map, fields);
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
    typeof after === 'string' ? [normalizeIdentifier(after)] : [],
  );
  return identifiers.filter((identifier) => values.includes(identifier));
}
