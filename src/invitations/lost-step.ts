/** A step of many mails that has given no answer: its worker is dead, or hangs. */
import { KratosError } from '../kratos/kratos.js';
import { linesOf, toLineRanges } from '../contract/line-ranges.js';
import { readDueUsers } from '../store/due-users.js';
import { isDecided, readInvitationsOf, type InvitationEntry } from '../store/invitation-ledger.js';
import { isRemembered, readUsers, remember, type SendInvitationDeps } from './send-invitation.js';
import type { MailStep } from './send-step.js';
import { addResult, type LostStep, type MailEnd } from './step-result.js';

/**
 * What the ledger tells of it. A mail that has a record is remembered at its user, which the step may have had no time
 * for; each of the others may have gone out only where the step had announced it.
 */
export async function findLostStep(
  { kratos }: Pick<SendInvitationDeps, 'kratos'>,
  step: Pick<MailStep, 'step' | 'lines' | 'folder' | 'number' | 'range'>,
): Promise<LostStep> {
  const lines = linesOf(step.lines);
  const { entries, begun } = await readInvitationsOf(step.step, step);
  const decided = lines.flatMap((line) => {
    const entry = entries.get(line);
    return isDecided(entry) ? [entry] : [];
  });
  const unsure = await rememberAll(kratos, await readDueUsers(step, lines), decided);
  const ends: MailEnd[] = [];
  for (const { line, state } of decided) {
    if (!unsure.has(line)) addResult(ends, { state, mailed: state !== 'none' });
  }
  const others = lines.filter((line) => !isDecided(entries.get(line)));
  for (const line of others) if (begun.has(line)) unsure.add(line);
  return {
    ends,
    unsure: toLineRanges(lines.filter((line) => unsure.has(line))),
    untried: toLineRanges(others.filter((line) => !begun.has(line))),
  };
}

/** @returns lines of users with whom Kratos itself cannot record the mail: each is tried again alone, without a mail */
async function rememberAll(
  kratos: SendInvitationDeps['kratos'],
  ids: Map<number, string>,
  decided: InvitationEntry[],
): Promise<Set<number>> {
  const failed = new Set<number>();
  const sent = decided.flatMap(({ state, line, at }) => {
    const id = state === 'sent' ? ids.get(line) : undefined;
    return id === undefined ? [] : [{ id, line, at }];
  });
  if (sent.length === 0) return failed;
  const found = await readUsers(
    kratos,
    sent.map(({ id }) => id),
  );
  const remembered = new Set(found.filter(isRemembered).map(({ id }) => id));
  for (const { id, line, at } of sent.filter(({ id }) => !remembered.has(id))) {
    try {
      await remember(kratos, id, at);
    } catch (error) {
      if (!(error instanceof KratosError) || error.kind !== 'broken') throw error;
      failed.add(line);
    }
  }
  return failed;
}
