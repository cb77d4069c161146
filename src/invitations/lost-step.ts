/** A step of many mails that has given no answer: its worker is dead, or hangs. */
import { linesOf, toLineRanges } from '../contract/line-ranges.js';
import { readDueUsers } from '../store/due-users.js';
import { isDecided, readInvitationsOf } from '../store/invitation-ledger.js';
import { isRemembered, remember, type SendInvitationDeps } from './send-invitation.js';
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
  const ends: MailEnd[] = [];
  const sentAt = new Map<number, string>();
  for (const line of lines) {
    const entry = entries.get(line);
    if (!isDecided(entry)) continue;
    addResult(ends, { state: entry.state, mailed: entry.state !== 'none' });
    if (entry.state === 'sent') sentAt.set(line, entry.at);
  }
  await rememberAll(kratos, await readDueUsers(step, lines), sentAt);
  const others = lines.filter((line) => !isDecided(entries.get(line)));
  return {
    ends,
    unsure: toLineRanges(others.filter((line) => begun.has(line))),
    untried: toLineRanges(others.filter((line) => !begun.has(line))),
  };
}

async function rememberAll(
  kratos: SendInvitationDeps['kratos'],
  ids: Map<number, string>,
  sentAt: Map<number, string>,
): Promise<void> {
  const sent = [...sentAt].flatMap(([line, at]): [string, string][] => {
    const id = ids.get(line);
    return id === undefined ? [] : [[id, at]];
  });
  if (sent.length === 0) return;
  const found = await kratos.getThoseWithPassword(sent.map(([id]) => id));
  const remembered = new Set(found.filter(isRemembered).map(({ id }) => id));
  for (const [id, at] of sent) if (!remembered.has(id)) await remember(kratos, id, at);
}
