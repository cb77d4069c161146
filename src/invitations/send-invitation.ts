/** One invitation, from the row that made it due to the mail that the server has accepted. */
import { createHash } from 'node:crypto';
import { valueAt, valuesAt } from '../identity/json-pointer.js';
import type { StoredIdentity } from '../identity/identity.js';
import type { RunRef } from '../contract/ids.js';
import type { InvitationSettings } from '../contract/import/input.js';
import type { InvitationResult } from '../contract/invitations.js';
import { ORIGIN_KEY, originOf } from '../identity/origin.js';
import { KratosError, type Kratos, type Recovery } from '../kratos/kratos.js';
import { isRowError } from '../kratos/retry-single-row.js';
import type { InvitationKratos } from './kratos-in-turns.js';
import { renderInvitation, type Templates } from './mail/invitation-mail.js';
import { formatDuration } from './mail/format-duration.js';
import { MailError, type Mailer } from './mail/mailer.js';
import { addressPath, describeTarget, type ColumnMap } from '../identity/columns.js';
import { isAddress, trimmed } from '../identity/email.js';
import { emailPath } from '../identity/schema.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import { readDueUser } from '../store/due-users.js';
import {
  addInvitation,
  GONE,
  isDecided,
  readInvitations,
  type InvitationEntry,
} from '../store/invitation-ledger.js';
import type { OpenChunk } from '../store/open-run.js';
import type { Plan } from '../store/plan.js';

export interface SendInvitationDeps {
  kratos: InvitationKratos;
  mailer: Mailer;
  templates: Templates;
  appName: string;
  /** The domain of the Message-IDs: that of the sender's address. */
  mailDomain: string;
  now: () => Date;
}

/** The invitation of one row of a chunk. */
export interface RowInvitation extends OpenChunk {
  line: number;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn'>;
}

/**
 * @param isGivenUp asked right before the mail goes out: an attempt that was given up must send no mail
 * @throws MailError, KratosError: another attempt may succeed
 */
export async function sendInvitation(
  deps: SendInvitationDeps,
  invitation: RowInvitation,
  isGivenUp: () => boolean,
): Promise<InvitationResult> {
  const { line } = invitation;
  const decided = (await readInvitations(invitation)).get(line);
  const id = await readDueUser(invitation, line);
  if (isDecided(decided)) return repeatDecision(deps, decided, id);
  const user = id === undefined ? undefined : await deps.kratos.get(id);
  const invite = { ...invitation, user, isGone: id !== undefined && !user };
  const record = (entry: InvitationEntry) => addInvitation(invitation, entry);
  return inviteUser(deps, invite, { record, isGivenUp });
}

/** What an earlier attempt has come to. */
export async function repeatDecision(
  { kratos }: Pick<SendInvitationDeps, 'kratos'>,
  decided: InvitationEntry,
  id: string | undefined,
): Promise<InvitationResult> {
  if (decided.state === 'sent' && id !== undefined) await remember(kratos, id, decided.at);
  return { state: decided.state, mailed: false };
}

/** An invitation that is not decided, and its user as Kratos has them. */
interface UserInvitation extends RowInvitation {
  user: StoredIdentity | undefined;
  /** Kratos does not have the user whom the import has made. */
  isGone: boolean;
}

/**
 * @param options
 *   `record` keeps an entry for good; `isGivenUp` is asked right before the mail goes out; `onAnswer` is called once the
 *   mail server has answered
 * @throws MailError, KratosError: another attempt may succeed
 */
export async function inviteUser(
  deps: SendInvitationDeps,
  invitation: UserInvitation,
  options: {
    record: (entry: InvitationEntry) => Promise<void>;
    isGivenUp: () => boolean;
    onAnswer?: () => void;
  },
): Promise<InvitationResult> {
  const { plan, line, user, isGone } = invitation;
  const { record, isGivenUp, onAnswer } = options;
  const decide = (state: InvitationEntry['state'], why?: string): Promise<void> =>
    record({ line, state, at: deps.now().toISOString(), why });
  if (!user || needsNone(user)) {
    await decide('none', isGone ? GONE : undefined);
    return { state: 'none', mailed: false };
  }
  if (user.fields.state === 'inactive') return { state: 'due', mailed: false };
  const to = addressOf(user, plan);
  if (to === undefined) {
    await decide('failed', 'no address');
    return { state: 'failed', mailed: false };
  }

  const content = await write(deps, invitation, user);
  const messageId = `<${digest(invitation.run, user.id)}@${deps.mailDomain}>`;
  if (isGivenUp()) throw new Error('given up');
  try {
    await deps.mailer.send({ to, messageId, ...content }, isGivenUp);
  } catch (error) {
    if (!(error instanceof MailError) || error.kind !== 'refused') throw error;
    onAnswer?.();
    await decide('failed', String(error.status ?? 'not sendable'));
    return { state: 'failed', mailed: true };
  }
  onAnswer?.();
  const sentAt = deps.now().toISOString();
  try {
    await record({ line, state: 'sent', at: sentAt });
  } finally {
    // Also when the disk is full: the ledger or the user has to record that no other mail may go out.
    await remember(deps.kratos, user.id, sentAt);
  }
  return { state: 'sent', mailed: true };
}

/**
 * Counts an invitation that has not gone out for too long as failed, unless the ledger says that it went out after
 * all.
 */
export async function giveUpInvitation(
  chunk: OpenChunk,
  { line, why, at }: { line: number; why: string; at: Date },
): Promise<void> {
  await addInvitation(chunk, { line, state: 'failed', at: at.toISOString(), why });
}

/**
 * The user has chosen a password, which only the credential itself shows; or another import has sent the invitation.
 */
function needsNone(user: StoredIdentity): boolean {
  const { passwordHash } = user;
  const hasPassword = passwordHash !== undefined && !isPlaceholderHash(passwordHash);
  return hasPassword || isRemembered(user);
}

/** Whether the user has been sent an invitation, as their identity says. */
export function isRemembered({ fields }: StoredIdentity): boolean {
  return originOf(fields.metadata_admin)?.invitation?.sentAt !== undefined;
}

/** The current address: the user, or an admin, may have changed it since the import. */
function addressOf(
  { fields }: StoredIdentity,
  { map, schema }: Pick<Plan, 'map' | 'schema'>,
): string | undefined {
  // The file may be one of people without an address, and the user have got one since.
  const path = addressPath(map) ?? emailPath(schema);
  const addresses = path ? valuesAt(fields.traits, path) : [];
  const texts = addresses.filter((address) => typeof address === 'string');
  return texts.map(trimmed).find(isAddress);
}

async function write(
  { kratos, templates, appName }: SendInvitationDeps,
  { plan, settings: { method, expiresIn } }: RowInvitation,
  user: StoredIdentity,
) {
  const firstName = firstNameOf(user, plan.map);
  // Made last of all, since its lifetime begins now.
  const { link, code } = await recoveryFor(kratos, user.id, method, expiresIn);
  return renderInvitation(templates, {
    appName,
    link,
    expiresIn: formatDuration(expiresIn),
    firstName,
    code,
  });
}

/** What Kratos refuses for this user it may still do for others. */
async function recoveryFor(
  kratos: InvitationKratos,
  ...of: Parameters<Kratos['createRecovery']>
): Promise<Recovery> {
  try {
    return await kratos.createRecovery(...of);
  } catch (error) {
    throw isRowError(error) ? new MailError('later', error.message) : error;
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

/** The same for each attempt (an idempotency key), so that mail servers and programs can recognise a repeated mail. */
function digest({ runId }: RunRef, identityId: string): string {
  return createHash('sha256').update(`${runId} ${identityId}`).digest('hex').slice(0, 32);
}

/**
 * Those of many users of whom one request tells enough. Where one of them, or the size of the request, is at fault, it
 * tells of none.
 */
export async function readUsers(
  kratos: InvitationKratos,
  ids: string[],
): Promise<StoredIdentity[]> {
  try {
    const listed = await kratos.getListed(ids);
    // Of the others a request of their own tells more.
    return listed.filter(({ passwordHash }) => passwordHash !== undefined);
  } catch (error) {
    const isBlocked = error instanceof KratosError && error.kind === 'blocked';
    if (isRowError(error) || isBlocked) return [];
    throw error;
  }
}

/** Records the mail at the user, so that no import sends another one. */
export async function remember(
  kratos: InvitationKratos,
  id: string,
  sentAt: string,
): Promise<void> {
  const path = `/metadata_admin/${ORIGIN_KEY}/invitation/sentAt`;
  try {
    await kratos.update(id, [{ op: 'add', path, value: sentAt }]);
  } catch (error) {
    // The user was deleted meanwhile, or an admin has removed the origin: there is no place left to record it.
    if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
  }
}
