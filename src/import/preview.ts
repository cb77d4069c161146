/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import { differencesOf } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import { normalizeIdentifier } from '../identity/email.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Candidate } from './candidate.js';
import {
  aboutUser,
  IDENTIFIER_CONFLICT,
  rejection,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers, type LookupApi, type Lookup } from './find-user.js';
import { blameKratosForAll } from './import-users.js';
import type { PermittedChanges } from './permitted-changes.js';

export interface PreviewContext {
  kratos: LookupApi;
  map: ColumnMap;
  permitted: PermittedChanges;
  mode: Mode;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
}

export async function previewUsers(
  context: PreviewContext,
  candidates: Candidate[],
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  const lookups = await findUsers(context.kratos, candidates, context.existingIds, decisions);
  for (const [candidate, lookup] of lookups) {
    try {
      decisions.set(candidate.line, await previewUser(context, candidate, lookup));
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(candidate.line, rejection(error));
    }
  }
  blameKratosForAll(candidates, decisions);
  return decisions;
}

async function previewUser(
  context: PreviewContext,
  candidate: Candidate,
  { match, conflict }: Lookup,
): Promise<Decision> {
  if (!match) return conflict ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
  const outside = context.permitted.outside(match);
  const { identityId } = aboutUser(match, outside);
  if (context.mode === 'skip') return { outcome: 'would_skip', identityId };
  if (outside) return { outcome: 'left_alone', codes: [outside], identityId, invitation: 'none' };
  return wouldUpdate(context, candidate, match);
}

async function wouldUpdate(
  { kratos, map, permitted }: PreviewContext,
  candidate: Candidate,
  { id, fields }: FoundIdentity,
): Promise<Decision> {
  const user = { identityId: id, invitation: 'none' } as const;
  const changes = differencesOf(candidate.importRow, map, fields);
  if (changes.length === 0) return { outcome: 'unchanged', ...user };
  const codes = permitted.refusals(changes);
  if (codes.length > 0) return { outcome: 'left_alone', codes, ...user };
  for (const identifier of newIdentifiers(candidate, changes)) {
    const holder = await retrySingleRow(kratos, () => kratos.findByIdentifier(identifier));
    if (holder && holder.id !== id) return IDENTIFIER_CONFLICT;
  }
  const effects = permitted.effectsOf(changes);
  return { outcome: 'would_update', identityId: id, changes, effects };
}

/** What the user would be found by from then on, and was not before. */
function newIdentifiers({ identifiers }: Candidate, changes: Change[]): string[] {
  const values = changes.flatMap(({ after }) =>
    typeof after === 'string' ? [normalizeIdentifier(after)] : [],
  );
  return identifiers.filter((identifier) => values.includes(identifier));
}
