/** Users of a source who leave, each decided anew and carried out: deactivated or deleted, and signed out. */
import type { Change } from '../contract/import/outcomes.js';
import { toPatch } from '../identity/differences.js';
import type { FoundIdentity } from '../identity/identity.js';
import type { Kratos, KratosError } from '../kratos/kratos.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { mergeChanges, type ChunkJournal, type JournalContent } from '../store/chunk-journal.js';
import { aboutUser, refusedChange, rejection, type Decision, type Decisions } from './decision.js';
import { decideLeave, type LeaveDecision, type LeaveRules, type Leaving } from './leave.js';

export interface LeaveContext extends Pick<LeaveRules, 'source' | 'permitted' | 'by'> {
  kratos: Pick<Kratos, 'ready' | 'findByIds' | 'update' | 'remove' | 'revokeSessions'>;
  journal: Pick<ChunkJournal, 'read' | 'intend' | 'begin'>;
  now: () => Date;
}

export interface Leaver {
  line: number;
  /** Absent where they are not there any more. */
  user: FoundIdentity | undefined;
  wanted: Leaving;
  /** Whether a row of theirs says so. */
  isTold: boolean;
}

/** A leaver with what is to be done, and what attempts before have begun. */
interface Decided extends Leaver {
  rules: LeaveRules;
  decision: LeaveDecision;
  /** The user whom an attempt was about to delete. */
  deleting: string | undefined;
}

/**
 * @param leavers as they were just read
 * @param decisions gets theirs, one by one
 */
export async function leaveUsers(
  context: LeaveContext,
  leavers: Leaver[],
  decisions: Decisions,
): Promise<void> {
  for (let open = leavers; open.length > 0;) {
    const done = await leaveInTime(context, open, decisions);
    open = open.slice(done);
  }
}

/** After so long since they were decided, the others are decided anew: their marks say when they were deactivated. */
const LONGEST_MS = 60_000;

/** @returns how many have left, the first of them at least */
async function leaveInTime(
  { by, now, ...others }: LeaveContext,
  leavers: Leaver[],
  decisions: Decisions,
): Promise<number> {
  const start = now();
  const context = { ...others, now, by: { ...by, at: start.toISOString() } };
  // Read after the users were: what an attempt has done before that, it had written down.
  const journal = await context.journal.read();
  const decided = leavers.map((leaver) => decide(context, leaver, journal));
  const intents = decided.flatMap(({ line, user, decision }) => {
    if (decision.do === 'deactivate') return [{ line, changes: decision.changes }];
    return decision.do === 'delete' ? [{ line, changes: [], deleting: user!.id }] : [];
  });
  if (intents.length > 0) await context.journal.intend(intents);
  let done = 0;
  for (const each of decided) {
    // Two requests: in between the row is half done.
    context.journal.begin(each.line);
    decisions.set(each.line, await carryOut(context, each));
    done++;
    if (now().getTime() - start.getTime() > LONGEST_MS) break;
  }
  return done;
}

/** What would become of leavers: no request at all. */
export function previewLeavers(
  { source, permitted, by }: Pick<LeaveContext, 'source' | 'permitted' | 'by'>,
  leavers: Leaver[],
  decisions: Decisions,
): void {
  for (const { line, user, wanted, isTold } of leavers) {
    const rules = { source, permitted, wanted, isTold, by, begun: undefined };
    const decision = decideLeave(user, rules);
    decisions.set(line, wouldBe(decision, user, rules));
  }
}

function wouldBe(
  decision: LeaveDecision,
  user: FoundIdentity | undefined,
  rules: LeaveRules,
): Decision {
  const about = user ? ofUser(user, rules) : {};
  if (decision.do === 'deactivate') return { outcome: 'would_deactivate', ...about };
  if (decision.do === 'delete') return { outcome: 'would_delete', ...about };
  return withoutEffect(decision, about);
}

function decide(
  { source, permitted, by }: LeaveContext,
  leaver: Leaver,
  { intents, deleting }: JournalContent,
): Decided {
  const { line, user, wanted, isTold } = leaver;
  const rules = { source, permitted, wanted, isTold, by, begun: intents.get(line) };
  return { ...leaver, rules, decision: decideLeave(user, rules), deleting: deleting.get(line) };
}

async function carryOut(context: LeaveContext, leaver: Decided): Promise<Decision> {
  const { user, decision, rules, deleting } = leaver;
  if (!user) {
    const isDone = decision.do === 'done' && deleting !== undefined;
    return isDone ? deleted(deleting) : { outcome: 'unchanged', invitation: 'none' };
  }
  const { begun = [] } = rules;
  switch (decision.do) {
    case 'delete':
      return remove(context, user);
    case 'deactivate':
      return (
        (await deactivate(context, user, decision.changes, rules)) ??
        signOut(context, user, mergeChanges([...begun], decision.changes))
      );
    case 'done':
      // Again, since the attempt may have died in between.
      return signOut(context, user, [...begun]);
    default:
      return withoutEffect(decision, ofUser(user, rules));
  }
}

interface About {
  /** Absent for a user of another schema or tenant. */
  identityId?: string;
}

function withoutEffect(decision: LeaveDecision, about: About): Decision {
  const { codes } = { codes: [], ...decision };
  const row = { ...about, invitation: 'none' } as const;
  if (codes.length > 0) return { outcome: 'left_alone', codes, ...row };
  return { outcome: decision.do === 'report' ? 'missing' : 'unchanged', ...row };
}

function ofUser(user: FoundIdentity, { permitted }: Pick<LeaveRules, 'permitted'>): About {
  const { identityId } = aboutUser(user, permitted.outside(user));
  return identityId === undefined ? {} : { identityId };
}

/** @returns undefined once the user is inactive; otherwise why not */
async function deactivate(
  { kratos }: LeaveContext,
  user: FoundIdentity,
  changes: Change[],
  rules: LeaveRules,
): Promise<Decision | undefined> {
  try {
    await retrySingleRow(kratos, () => kratos.update(user.id, toPatch(changes, user.fields)));
    return undefined;
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, byGateway } = error.details;
    if (byGateway)
      return (await isInactive(kratos, user, rules, changes)) ? undefined : rejection(error);
    return status === 404
      ? { outcome: 'unchanged', ...ofUser(user, rules), invitation: 'none' }
      : refusedChange(error);
  }
}

/** A gateway may let a change through and block its answer. */
async function isInactive(
  kratos: LeaveContext['kratos'],
  { id }: FoundIdentity,
  rules: LeaveRules,
  begun: Change[],
): Promise<boolean> {
  try {
    const [user] = await retrySingleRow(kratos, () => kratos.findByIds([id]));
    return user !== undefined && decideLeave(user, { ...rules, begun }).do === 'done';
  } catch (error) {
    if (!isRowError(error)) throw error;
    return false;
  }
}

/** Whoever is inactive gets nowhere with a session, but it would be of use to them again once they are back. */
async function signOut(
  { kratos }: LeaveContext,
  { id }: FoundIdentity,
  changes: Change[],
): Promise<Decision> {
  try {
    await retrySingleRow(kratos, () => kratos.revokeSessions(id));
    return { outcome: 'deactivated', identityId: id, changes, invitation: 'none' };
  } catch (error) {
    if (!isRowError(error)) throw error;
    return stillSignedIn(error);
  }
}

function stillSignedIn(error: KratosError): Decision {
  const { reason, ...decision } = rejection(error);
  return {
    ...decision,
    reason: `the user is inactive, but their sessions could not be ended: ${reason}`,
  };
}

async function remove({ kratos }: LeaveContext, { id }: FoundIdentity): Promise<Decision> {
  try {
    // False for somebody whom the request before has deleted, whose answer was lost.
    await retrySingleRow(kratos, () => kratos.remove(id));
    return deleted(id);
  } catch (error) {
    if (!isRowError(error)) throw error;
    return rejection(error);
  }
}

function deleted(identityId: string): Decision {
  return { outcome: 'deleted', identityId, invitation: 'none' };
}
