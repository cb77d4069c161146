/** The live dry run: what each row would do, found out by look-ups alone. */
import type { FoundIdentity } from '../identity/identity.js';
import type { Mode } from '../contract/import/input.js';
import { fieldsAfter } from '../identity/differences.js';
import type { UniqueValue } from '../identity/identifiers.js';
import { compileTraitCheck, type TraitCheck, type TraitProblem } from '../identity/schema.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { shortened } from '../validation/reasons.js';
import type { UserHints } from '../store/existing-users.js';
import type { OpenRun } from '../store/open-run.js';
import type { Candidate } from './candidate.js';
import {
  aboutUser,
  conflictDecision,
  IDENTIFIER_CONFLICT,
  rejection,
  withCodes,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers, readUsers, type LookupApi, type Lookup } from './find-user.js';
import { blameKratosForAll } from './import-users.js';
import { isInTheWay, newTo, sharesAny } from './in-the-way.js';
import { byOf, judge, type JudgeRules } from './judge.js';
import { previewLeavers } from './leave-users.js';
import { permittedChanges } from './permitted-changes.js';
import { byAction, findLeavers, NO_SUCH_USER } from './row-actions.js';
import { hasPlaceholder, readCredentials, type PasswordRules } from './set-password.js';

/** The rules by which a plan's rows are previewed. */
export interface PreviewRules extends PasswordRules, Omit<JudgeRules, 'existingIds'> {
  /** The schema's rules, for a user as a whole: validation knew only what the row gives. */
  checkTraits: TraitCheck;
}

export function previewRules(run: Pick<OpenRun, 'run' | 'plan'>, now: Date): PreviewRules {
  const { map, source, setPasswords, schema } = run.plan;
  const permitted = permittedChanges(run.plan);
  const checkTraits = compileTraitCheck(schema);
  return { map, source, setPasswords, permitted, checkTraits, by: byOf(run, now) };
}

export interface PreviewContext extends PreviewRules {
  kratos: LookupApi;
  mode: Mode;
  /** What was known of the rows' users when the file was validated. */
  hints: UserHints;
}

export async function previewUsers(
  context: PreviewContext,
  candidates: Candidate[],
): Promise<Decisions> {
  const { kratos, hints, mode, source } = context;
  const decisions: Decisions = new Map();
  const { skipped, leaving, others: rows } = byAction(candidates, mode);
  for (const { line } of skipped) decisions.set(line, { outcome: 'would_skip' });
  if (source) {
    const leavers = await findLeavers(kratos, leaving, hints.existingIds, decisions);
    previewLeavers({ ...context, source }, leavers, decisions);
  }
  const lookups = await findUsers(kratos, rows, hints.existingIds, decisions);
  const idsInTheWay = rows.flatMap(({ line }) => hints.idsInTheWay.get(line) ?? []);
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
  const { action } = candidate.importRow;
  if (!match) {
    if (action === 'update' && !conflict) return NO_SUCH_USER;
    return wouldCreate(context, candidate, conflict, others);
  }
  const outside = context.permitted.outside(match);
  const { identityId } = aboutUser(match, outside);
  if (context.mode === 'skip' || action === 'create') {
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
  { kratos, ...context }: PreviewContext,
  candidate: Candidate,
  { match, setsPassword }: { match: FoundIdentity; setsPassword: boolean },
  others: FoundIdentity[],
): Promise<Decision> {
  const { permitted, checkTraits, hints } = context;
  const { existingIds } = hints;
  const { id, fields } = match;
  const user = { identityId: id, invitation: 'none' } as const;
  const { changes, codes, refusals } = judge(candidate, match, { ...context, existingIds });
  if (refusals.length > 0) return { outcome: 'left_alone', codes: refusals, ...user };
  if (changes.length === 0 && !setsPassword && !codes.includes('adopted')) {
    return { outcome: 'unchanged', ...user, ...withCodes(codes) };
  }
  const after = fieldsAfter(changes, fields);
  const broken = changes.length > 0 ? checkTraits(after.traits) : [];
  if (broken.length > 0) return brokenSchema(broken);
  const unique = newTo(candidate, match, after);
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
  return { outcome: 'would_update', identityId: id, ...withCodes(codes), changes, effects };
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
