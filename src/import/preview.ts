/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import { changedTraits, differencesOf } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import type { UniqueValue } from '../identity/identifiers.js';
import type { TraitCheck, TraitProblem } from '../identity/schema.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { shortened } from '../validation/reasons.js';
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
import { hasPlaceholder, readCredentials, type PasswordRules } from './set-password.js';

export interface PreviewContext extends PasswordRules {
  kratos: LookupApi;
  map: ColumnMap;
  /** The schema's rules, for a user as a whole: validation knew only what the row gives. */
  checkTraits: TraitCheck;
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
  const existing = [...lookups].flatMap(([candidate, { match }]) =>
    match ? [{ candidate, user: match }] : [],
  );
  const credentials = await readCredentials(kratos, context, existing, decisions);
  for (const [candidate, lookup] of lookups) {
    if (decisions.has(candidate.line)) continue;
    const setsPassword = hasPlaceholder(credentials.get(candidate.line));
    const inTheWay = (hints.idsInTheWay.get(candidate.line) ?? []).flatMap(
      (id) => others.get(id) ?? [],
    );
    try {
      decisions.set(
        candidate.line,
        await previewUser(context, candidate, { ...lookup, setsPassword }, inTheWay),
      );
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(candidate.line, rejection(error));
    }
  }
  blameKratosForAll(candidates, decisions);
  return decisions;
}

/** @param others users with an address of the row, whom no look-up finds */
async function previewUser(
  context: PreviewContext,
  candidate: Candidate,
  { match, conflict, setsPassword }: Lookup & { setsPassword: boolean },
  others: FoundIdentity[],
): Promise<Decision> {
  if (!match) return wouldCreate(context, candidate, conflict, others);
  const outside = context.permitted.outside(match);
  const { identityId } = aboutUser(match, outside);
  if (context.mode === 'skip') {
    if (!setsPassword) return { outcome: 'would_skip', identityId };
    const effects = context.permitted.effectsOf([], true);
    return { outcome: 'would_update', identityId, changes: [], effects };
  }
  if (outside) return { outcome: 'left_alone', codes: [outside], identityId, invitation: 'none' };
  return wouldUpdate(context, candidate, { match, setsPassword }, others);
}

async function wouldCreate(
  { kratos }: PreviewContext,
  candidate: Candidate,
  conflict: Lookup['conflict'],
  others: FoundIdentity[],
): Promise<Decision> {
  if (conflict) return conflictDecision(conflict);
  const isTaken =
    others.some((other) => sharesAny(candidate, other)) ||
    (await isExternalIdTaken(kratos, candidate.unique));
  return isTaken ? IDENTIFIER_CONFLICT : { outcome: 'would_create' };
}

async function wouldUpdate(
  { kratos, map, permitted, checkTraits }: PreviewContext,
  candidate: Candidate,
  { match, setsPassword }: { match: FoundIdentity; setsPassword: boolean },
  others: FoundIdentity[],
): Promise<Decision> {
  const { id, fields } = match;
  const user = { identityId: id, invitation: 'none' } as const;
  const changes = differencesOf(candidate.importRow, map, fields);
  if (changes.length === 0 && !setsPassword) return { outcome: 'unchanged', ...user };
  const codes = permitted.refusals(changes);
  if (codes.length > 0) return { outcome: 'left_alone', codes, ...user };
  const broken = checkTraits(changedTraits(changes, fields));
  if (broken.length > 0) return brokenSchema(broken);
  const unique = newTo(match, candidate);
  for (const { form, foundBy } of unique) {
    if (foundBy !== 'identifier') continue;
    const holder = await retrySingleRow(kratos, () => kratos.findByIdentifier(form));
    if (holder && holder.id !== id && isInTheWay(candidate, holder, form)) {
      return IDENTIFIER_CONFLICT;
    }
  }
  const isTaken =
    others.some((other) => other.id !== id && sharesAny(candidate, other)) ||
    (await isExternalIdTaken(kratos, unique));
  if (isTaken) return IDENTIFIER_CONFLICT;
  const effects = permitted.effectsOf(changes, setsPassword);
  return { outcome: 'would_update', identityId: id, changes, effects };
}

/** Names no more of a path than the trait, since the keys within one may be values. */
function brokenSchema(broken: TraitProblem[]): Decision {
  const rules = broken.map(({ path, rule }) => {
    const [trait] = path.split('.');
    return trait ? `the trait ${trait} ${rule}` : `the traits: ${rule}`;
  });
  const reason = `with what the user has already, ${shortened([...new Set(rules)].join('; '))}`;
  return { outcome: 'failed', code: 'schema_violation', reason };
}

/** @param unique what a user would have from then on */
async function isExternalIdTaken(kratos: LookupApi, unique: UniqueValue[]): Promise<boolean> {
  const id = unique.find(({ foundBy }) => foundBy === 'external_id');
  if (!id) return false;
  return (await retrySingleRow(kratos, () => kratos.findByExternalId(id.form))) !== undefined;
}
