/** What becomes of rows whose user may exist already: left as they are, or changed where the file says otherwise. */
import type { FoundIdentity } from '../identity/identity.js';
import { mergeChanges, union, type ChunkJournal } from '../store/chunk-journal.js';
import type { SourceCode } from '../contract/codes.js';
import type { Mode } from '../contract/import/input.js';
import type { Change, PasswordSet } from '../contract/import/outcomes.js';
import type { Kratos, PasswordSwap, SwapResult } from '../kratos/kratos.js';
import { changesAt, isAnyMade, toPatch } from '../identity/differences.js';
import { MARK_PATH } from '../identity/origin.js';
import { hasPassword } from '../identity/ways-in.js';
import type { Candidate } from './candidate.js';
import { createdDecision } from './create-users.js';
import {
  aboutUser,
  conflictDecision,
  refusal,
  refusedChange,
  rejection,
  withCodes,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers } from './find-user.js';
import { judge, type Judgement, type JudgeRules } from './judge.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import {
  passwordChangeOf,
  passwordSetBy,
  readCredentials,
  type Existing,
  type PasswordChange,
  type PasswordRules,
} from './set-password.js';

export interface ResolveContext extends PasswordRules, JudgeRules {
  kratos: Kratos;
  journal: Pick<ChunkJournal, 'read' | 'intend' | 'begin'>;
  mode: Mode;
}

/** A user who is to be changed. */
interface Update extends Existing {
  /** The changes that are still to be made. */
  missing: Change[];
  /** What the outcome says besides. */
  codes: SourceCode[];
  /** The mark of the source, where nothing but that is to be changed: it is no change of the user. */
  markOnly: Change[];
  password: PasswordChange | undefined;
  /** The decision once they are made, with the changes of earlier attempts. */
  updated: (password: PasswordSet | undefined) => Decision;
}

/**
 * Looks the candidates' users up and decides the rows whose user exists.
 * @param decisions gets their decisions
 * @returns the candidates that have neither a user nor a conflict with another one
 */
export async function resolveExisting(
  context: ResolveContext,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  const absent: Candidate[] = [];
  const existing: Existing[] = [];
  const lookups = await findUsers(context.kratos, candidates, context.existingIds, decisions);
  for (const [candidate, { match, conflict }] of lookups) {
    if (match && candidate.isOwn(match)) {
      const hash = await hashOf(context.kratos, candidate, match);
      decisions.set(candidate.line, createdDecision(candidate, match.id, hash));
    } else if (match) existing.push({ candidate, user: match });
    else if (conflict) decisions.set(candidate.line, conflictDecision(conflict));
    else absent.push(candidate);
  }
  await makeUpdates(context, await updatesOf(context, existing, decisions), decisions);
  return absent;
}

/**
 * The attempt that created the user has taken the hash with it; a hash that is known by its form is not asked for.
 * Undefined also where it cannot be read.
 */
async function hashOf(
  kratos: Kratos,
  { importRow }: Candidate,
  { id }: FoundIdentity,
): Promise<string | undefined> {
  if (importRow.passwordHash !== undefined) return importRow.passwordHash;
  if (!hasPassword(importRow)) return undefined;
  try {
    return (await retrySingleRow(kratos, () => kratos.get(id)))?.passwordHash;
  } catch (error) {
    if (!isRowError(error)) throw error;
    return undefined;
  }
}

/** Decides the rows whose user stays as it is, and returns the others. */
async function updatesOf(
  context: ResolveContext,
  existing: Existing[],
  decisions: Decisions,
): Promise<Update[]> {
  const { kratos, journal, permitted } = context;
  const credentials = await readCredentials(kratos, context, existing, decisions);
  // Read after the users were: an attempt that changed one before that had written down what it was about to change.
  const { intents, passwords, codes: begunCodes } = await journal.read();
  const updates: Update[] = [];
  for (const { candidate, user } of existing) {
    const { line, importRow } = candidate;
    if (decisions.has(line)) continue;
    const begun = intents.get(line) ?? [];
    const outside = permitted.outside(user);
    const about = aboutUser(user, outside);
    // A row that is to create somebody leaves a user who exists as they are, as the mode can for all rows.
    const mode = importRow.action === 'create' ? 'skip' : context.mode;
    const isSkipped = mode === 'skip' && begun.length === 0;
    const begunPasswords = passwords.get(line) ?? [];
    const stored = credentials.get(line);
    const password = await passwordChangeOf(candidate, stored, begunPasswords);
    if (isSkipped && !password) {
      decisions.set(line, { outcome: 'skipped', ...about });
      continue;
    }
    const judgement = isSkipped ? UNTOUCHED : judge(candidate, user, context);
    const { missing, markOnly } = withMark(judgement, user);
    const changes = mergeChanges(begun, missing);
    const refusals = outside ? [outside] : judgement.refusals;
    const codes = union(begunCodes.get(line), refusals.length > 0 ? [] : judgement.codes);
    const toDecision = (changes: Change[], set: PasswordSet | undefined): Decision => {
      if (!set && changes.length === 0) {
        const outcome = mode === 'skip' ? 'skipped' : 'unchanged';
        return { outcome, ...about, ...withCodes(codes) };
      }
      const effects = permitted.effectsOf(changes, set !== undefined);
      const updated = { outcome: 'updated', ...about, identityId: user.id, changes } as const;
      // Whoever has a password is due no invitation to choose one.
      return set
        ? { ...updated, effects, ...withCodes(codes), invitation: 'none', password: set }
        : { ...updated, effects, ...withCodes(codes) };
    };
    if (refusals.length > 0) {
      // An earlier attempt may have changed the user before they went out of this import's reach.
      const made = isAnyMade(begun, user.fields) ? begun : [];
      const set = stored && passwordSetBy(stored, begunPasswords);
      decisions.set(
        line,
        made.length > 0 || set
          ? toDecision(made, set)
          : { outcome: 'left_alone', codes: refusals, ...about },
      );
    } else if (changes.length === 0 && markOnly.length === 0 && !password)
      decisions.set(line, toDecision([], undefined));
    else {
      const updated = (set: PasswordSet | undefined) => toDecision(changes, set);
      const { codes } = judgement;
      updates.push({ candidate, user, missing, codes, markOnly, password, updated });
    }
  }
  return updates;
}

const UNTOUCHED: Judgement = { changes: [], codes: [], refusals: [] };

/** The mark goes with the changes of the user, in one request; alone it makes nobody an updated user but an adopted one. */
function withMark(
  { changes, codes, mark }: Judgement,
  { fields }: FoundIdentity,
): Pick<Update, 'missing' | 'markOnly'> {
  const ofMark = mark ? changesAt(MARK_PATH, fields, mark) : [];
  const isUpdate = changes.length > 0 || codes.includes('adopted');
  return isUpdate
    ? { missing: [...changes, ...ofMark], markOnly: [] }
    : { missing: [], markOnly: ofMark };
}

async function makeUpdates(
  context: ResolveContext,
  updates: Update[],
  decisions: Decisions,
): Promise<void> {
  const intents = updates
    .filter(({ missing, password }) => missing.length > 0 || password)
    .map(({ candidate, missing, codes, password }) => ({
      line: candidate.line,
      changes: missing,
      password: password?.record,
      ...withCodes(codes),
    }));
  if (intents.length > 0) await context.journal.intend(intents);
  for (const update of updates) {
    decisions.set(update.candidate.line, await makeUpdate(context, update));
  }
}

/** The password first: it is what may not be set after all, and can be taken back. */
async function makeUpdate(context: ResolveContext, update: Update): Promise<Decision> {
  const set = await setPassword(context, update);
  if (set && 'outcome' in set) return set;
  const refused = await changeUser(context, update);
  if (refused && update.password) {
    const { from, to } = update.password;
    await swap(context, update, { from: to, to: from, evenSignedIn: true });
  }
  return refused ?? update.updated(set);
}

/** @returns what was set; why not, where the row cannot be imported now; undefined where the user keeps their own */
async function setPassword(
  context: ResolveContext,
  update: Update,
): Promise<PasswordSet | Decision | undefined> {
  const { candidate, user, password } = update;
  if (!password) return undefined;
  // Two requests: in between the row is half done.
  context.journal.begin(candidate.line);
  const { from, to, record } = password;
  const result = await swap(context, update, { from, to });
  if (typeof result === 'object') return result;
  if (result === 'replaced') return record;
  if (result === 'signed_in') {
    const codes = ['signed_in' as const];
    return { outcome: 'left_alone', codes, ...aboutUser(user, undefined) };
  }
  // Another attempt at the row may have set its own hash of the same password.
  const [stored] = (await readCredentials(context.kratos, context, [update], new Map())).values();
  const { passwords } = await context.journal.read();
  return stored && passwordSetBy(stored, passwords.get(candidate.line) ?? []);
}

async function swap(
  { kratos }: ResolveContext,
  { user }: Update,
  passwords: PasswordSwap,
): Promise<SwapResult | Decision> {
  try {
    return await retrySingleRow(kratos, () => kratos.swapPassword(user.id, passwords));
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, reason } = error.details;
    return status === 400 ? refusal(status, reason ?? '') : rejection(error);
  }
}

/** @returns why not, where Kratos does not take the change */
async function changeUser(context: ResolveContext, update: Update): Promise<Decision | undefined> {
  const { kratos } = context;
  const { user, missing, markOnly } = update;
  const changes = [...missing, ...markOnly];
  if (changes.length === 0) return undefined;
  try {
    await retrySingleRow(kratos, () => kratos.update(user.id, toPatch(changes, user.fields)));
    return undefined;
  } catch (error) {
    if (!isRowError(error)) throw error;
    // Nothing of the row was to be changed: the next run looks at the user again.
    if (missing.length === 0) return undefined;
    const isMade = error.details.byGateway && (await isChanged(context, update));
    return isMade ? undefined : refusedChange(error);
  }
}

/** A gateway may let a change through and block its answer. */
async function isChanged(
  context: ResolveContext,
  { candidate, user: { id } }: Update,
): Promise<boolean> {
  const { kratos } = context;
  try {
    const [user] = await retrySingleRow(kratos, () => kratos.findByIds([id]));
    if (!user) return false;
    const { changes, codes } = judge(candidate, user, context);
    return changes.length === 0 && !codes.includes('adopted');
  } catch (error) {
    if (!isRowError(error)) throw error;
    return false;
  }
}
