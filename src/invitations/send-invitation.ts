/** One invitation, from the row that made it due to the mail that the server has taken. */
import { createHash } from 'node:crypto';
import { valueAt } from '../identity/json-pointer.js';
import type { StoredIdentity } from '../identity/identity.js';
import type { RunRef } from '../contract/ids.js';
import type { InvitationSettings } from '../contract/import/input.js';
import type { InvitationResult } from '../contract/invitations.js';
import { ORIGIN_KEY, originOf } from '../identity/origin.js';
import { KratosError, type Kratos, type Recovery } from '../kratos/kratos.js';
import { renderInvitation, type Templates } from './mail/invitation-mail.js';
import { formatDuration } from './mail/format-duration.js';
import { MailError, type Mailer } from './mail/mailer.js';
import { readChunk, type Plan } from '../store/plan.js';
import { addressPath, describeTarget, type ColumnMap } from '../identity/columns.js';
import { isAddress, trimmed } from '../identity/email.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import {
  addInvitation,
  readInvitations,
  type InvitationEntry,
} from '../store/invitation-ledger.js';
import { readOutcomes } from '../store/outcomes.js';
import type { RunFolder } from '../store/run-folder.js';

export interface SendInvitationDeps {
  kratos: Kratos;
  mailer: Mailer;
  templates: Templates;
  appName: string;
  /** Where mails come from: the domain that their Message-IDs are of. */
  mailDomain: string;
  now: () => Date;
}

/** An invitation of a run. */
export interface InvitationOfRun {
  run: RunRef;
  folder: RunFolder;
  plan: Plan;
  chunk: number;
  line: number;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn'>;
}

/**
 * @param isGivenUp asked right before the mail goes out: an attempt that was given up must not send any
 * @throws MailError, KratosError: what another attempt may get past
 */
export async function sendInvitation(
  deps: SendInvitationDeps,
  invitation: InvitationOfRun,
  isGivenUp: () => boolean,
): Promise<InvitationResult> {
  const { folder, plan, chunk, line } = invitation;
  const range = await readChunk(folder, plan, chunk);
  const decided = (await readInvitations(folder, chunk, range)).get(line);
  const outcomes = (await readOutcomes(folder, chunk, range)) ?? [];
  const id = outcomes.find((row) => row.line === line)?.identityId;
  if (decided?.state === 'sent' && id !== undefined) await remember(deps.kratos, id, decided.at);
  if (decided) return { state: decided.state, mailed: false };

  const decide = (state: InvitationEntry['state'], why?: string): Promise<void> => {
    const at = deps.now().toISOString();
    return addInvitation(folder, chunk, range, { line, state, at, ...(why && { why }) });
  };
  const user = id === undefined ? undefined : await deps.kratos.get(id);
  if (!user || needsNone(user)) {
    await decide('none');
    return { state: 'none', mailed: false };
  }
  if (user.fields.state === 'inactive') return { state: 'due', mailed: false };
  const to = addressOf(user, plan.map);
  if (to === undefined) {
    await decide('failed', 'no address');
    return { state: 'failed', mailed: false };
  }

  const content = await write(deps, invitation, user);
  const messageId = `<${digest(invitation.run, user.id)}@${deps.mailDomain}>`;
  if (isGivenUp()) throw new Error('given up');
  try {
    await deps.mailer.send({ to, messageId, ...content });
  } catch (error) {
    if (!(error instanceof MailError) || error.kind !== 'refused') throw error;
    await decide('failed', String(error.status ?? 'not sendable'));
    return { state: 'failed', mailed: true };
  }
  const sentAt = deps.now().toISOString();
  try {
    await addInvitation(folder, chunk, range, { line, state: 'sent', at: sentAt });
  } finally {
    // Also when the disk is full: one of the two has to know that no other mail may go out.
    await remember(deps.kratos, user.id, sentAt);
  }
  return { state: 'sent', mailed: true };
}

/** An invitation that has not gone out for too long counts as failed, unless it went out after all. */
export async function giveUpInvitation(
  folder: RunFolder,
  plan: Plan,
  { chunk, line, why, at }: { chunk: number; line: number; why: string; at: Date },
): Promise<void> {
  const range = await readChunk(folder, plan, chunk);
  await addInvitation(folder, chunk, range, { line, state: 'failed', at: at.toISOString(), why });
}

/** Somebody has chosen a password, which only the credential itself tells; or another import was first. */
function needsNone({ fields, passwordHash }: StoredIdentity): boolean {
  const hasPassword = passwordHash !== undefined && !isPlaceholderHash(passwordHash);
  return hasPassword || originOf(fields.metadata_admin)?.invitation?.sentAt !== undefined;
}

/** The address as it is now: the person, or an admin, may have changed it since the import. */
function addressOf({ fields }: StoredIdentity, map: ColumnMap): string | undefined {
  const address = valueAt(fields.traits, addressPath(map));
  if (typeof address !== 'string') return undefined;
  return isAddress(trimmed(address)) ? trimmed(address) : undefined;
}

async function write(
  { kratos, templates, appName }: SendInvitationDeps,
  { plan, settings: { method, expiresIn } }: InvitationOfRun,
  user: StoredIdentity,
) {
  const firstName = firstNameOf(user, plan.map);
  // Made last of all, since its time begins to run.
  const { link, code } = await recoveryFor(kratos, user.id, method, expiresIn);
  return renderInvitation(templates, {
    appName,
    link,
    expiresIn: formatDuration(expiresIn),
    ...(firstName && { firstName }),
    ...(code && { code }),
  });
}

/** What Kratos will not do for this person it may still do for others. */
async function recoveryFor(
  kratos: Kratos,
  ...of: Parameters<Kratos['createRecovery']>
): Promise<Recovery> {
  try {
    return await kratos.createRecovery(...of);
  } catch (error) {
    const isTheirs =
      error instanceof KratosError && (error.kind === 'refused' || error.kind === 'broken');
    throw isTheirs ? new MailError('later', error.message) : error;
  }
}

/** The trait or metadata of a column for it, under the names that it usually has. */
const FIRST_NAME = /(^|\.)(first_?name|given_?name|name\.first|name\.given)$/i;

function firstNameOf({ fields }: StoredIdentity, { columns }: ColumnMap): string | undefined {
  const column =
    columns.find(({ name }) => name === 'first_name') ??
    columns.find(({ target }) => FIRST_NAME.test(describeTarget(target)));
  if (!column || !('path' in column.target)) return undefined;
  const { to, path } = column.target;
  const name = valueAt(fields[to], path);
  return typeof name === 'string' ? name : undefined;
}

/** The same for each attempt, so that a mail that comes twice can be known as one. */
function digest({ runId }: RunRef, identityId: string): string {
  return createHash('sha256').update(`${runId} ${identityId}`).digest('hex').slice(0, 32);
}

/** The user remembers it, so that no import sends another one. */
async function remember(kratos: Kratos, id: string, sentAt: string): Promise<void> {
  const path = `/metadata_admin/${ORIGIN_KEY}/invitation/sentAt`;
  try {
    await kratos.update(id, [{ op: 'add', path, value: sentAt }]);
  } catch (error) {
    // Deleted meanwhile, or somebody has taken the origin away: there is nothing to remember it in.
    if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
  }
}
