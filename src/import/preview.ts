/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import { differencesOf } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import type { UniqueValue } from '../identity/identifiers.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { UserHints } from '../store/existing-users.js';
import type { Candidate } from './candidate.js';
import {
  aboutUser,
  conflictDecision,
  IDENTIFIER_CONFLICT,
  rejection,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers, readUsers, type LookupApi, type Lookup } from './find-user.js';
import { blameKratosForAll } from './import-users.js';
import { isInTheWay, newTo, sharesAny } from './in-the-way.js';
import type { PermittedChanges } from './permitted-changes.js';

export interface PreviewContext {
  kratos: LookupApi;
  map: ColumnMap;
  permitted: PermittedChanges;
  mode: Mode;
  /** What was known of the rows' users when the file was validated. */
  hints: UserHints;
}

export async function previewUsers(
  context: PreviewContext,
  candidates: Candidate[],
): Promise<Decisions> {
  const { kratos, hints } = context;
  const decisions: Decisions = new Map();
  const lookups = await findUsers(kratos, candidates, hints.existingIds, decisions);
  const idsInTheWay = candidates.flatMap(({ line }) => hints.idsInTheWay.get(line) ?? []);
  const others = await readUsers(kratos, idsInTheWay);
  for (const [candidate, lookup] of lookups) {
    const other = others.get(hints.idsInTheWay.get(candidate.line) ?? '');
    try {
      decisions.set(candidate.line, await previewUser(context, candidate, lookup, other));
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(candidate.line, rejection(error));
    }
  }
  blameKratosForAll(candidates, decisions);
  return decisions;
}

/** @param other a user with an address of the row, whom no look-up finds */
async function previewUser(
  context: PreviewContext,
  candidate: Candidate,
  { match, conflict }: Lookup,
  other: FoundIdentity | undefined,
): Promise<Decision> {
  if (!match) return wouldCreate(context, candidate, conflict, other);
  const outside = context.permitted.outside(match);
  const { identityId } = aboutUser(match, outside);
  if (context.mode === 'skip') return { outcome: 'would_skip', identityId };
  if (outside) return { outcome: 'left_alone', codes: [outside], identityId, invitation: 'none' };
  return wouldUpdate(context, candidate, match, other);
}

async function wouldCreate(
  { kratos }: PreviewContext,
  candidate: Candidate,
  conflict: Lookup['conflict'],
  other: FoundIdentity | undefined,
): Promise<Decision> {
  if (conflict) return conflictDecision(conflict);
  const isTaken =
    (other !== undefined && sharesAny(candidate, other)) ||
    (await isExternalIdTaken(kratos, candidate.unique));
  return isTaken ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

async function wouldUpdate(
  { kratos, map, permitted }: PreviewContext,
  candidate: Candidate,
  match: FoundIdentity,
  other: FoundIdentity | undefined,
): Promise<Decision> {
  const { id, fields } = match;
  const user = { identityId: id, invitation: 'none' } as const;
  const changes = differencesOf(candidate.importRow, map, fields);
  if (changes.length === 0) return { outcome: 'unchanged', ...user };
  const codes = permitted.refusals(changes);
  if (codes.length > 0) return { outcome: 'left_alone', codes, ...user };
  const unique = newTo(match, candidate);
  for (const { form, foundBy } of unique) {
    if (foundBy !== 'identifier') continue;
    const holder = await retrySingleRow(kratos, () => kratos.findByIdentifier(form));
    if (holder && holder.id !== id && isInTheWay(candidate, holder, form)) {
      return IDENTIFIER_CONFLICT;
    }
  }
  const isTaken =
    (other !== undefined && other.id !== id && sharesAny(candidate, other)) ||
    (await isExternalIdTaken(kratos, unique));
  if (isTaken) return IDENTIFIER_CONFLICT;
  const effects = permitted.effectsOf(changes);
  return { outcome: 'would_update', identityId: id, changes, effects };
}

/** @param unique what a user would have from then on */
async function isExternalIdTaken(kratos: LookupApi, unique: UniqueValue[]): Promise<boolean> {
  const id = unique.find(({ foundBy }) => foundBy === 'external_id');
  if (!id) return false;
  return (await retrySingleRow(kratos, () => kratos.findByExternalId(id.form))) !== undefined;
}
