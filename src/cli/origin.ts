import type { FoundIdentity } from '../identity/identity.js';
import { isUuid } from '../audit/audit-row.js';
import { kratosWarnings, type Settings } from '../config.js';
import { markOf, originOf, type Origin, type SourceMark } from '../identity/origin.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { kratosProblem } from './kratos-problem.js';

/**
 * Prints which import created a user, for whom and when, the state of the invitation, and the source that the user is of.
 * Asks Kratos alone.
 * @param user an address, or another identifier that users sign in with; or the id of an identity
 * @returns the exit status
 */
export async function printOrigin(
  user: string,
  settings: Settings['kratos'],
  { print, printJson }: Pick<CommandContext, 'print' | 'printJson'>,
): Promise<number> {
  // Kratos takes an empty condition for none, and would list all users.
  if (user.trim() === '') throw new CommandError('Name an address or an id.', EXIT.wrongUse);
  for (const warning of kratosWarnings(settings)) print(`warning ${warning}`);
  const identity = await find(createKratos(settings), user).catch((error: unknown) => {
    throw error instanceof KratosError ? kratosProblem(error) : error;
  });
  if (!identity) {
    throw new CommandError(
      isUuid(user)
        ? 'Kratos has no identity with this id.'
        : 'No user signs in to Kratos with this address. If your identity schema has addresses that are no identifiers, use the id of the identity.',
      EXIT.incomplete,
    );
  }
  const { metadata_admin: metadataAdmin } = identity.fields;
  const origin = originOf(metadataAdmin);
  if (!origin) {
    throw new CommandError(
      `Identity ${identity.id} is in Kratos, and was created by no import.`,
      EXIT.incomplete,
    );
  }
  printJson({ identity: identity.id, origin });
  for (const line of renderOrigin(identity.id, metadataAdmin)) print(line);
  return EXIT.done;
}

/** By the id first; but an identifier may look like an id. */
async function find(kratos: Kratos, user: string): Promise<FoundIdentity | undefined> {
  const byId = isUuid(user) ? await kratos.get(user) : undefined;
  return byId ?? kratos.findByIdentifier(user);
}

/** Metadata is free JSON: a change by hand may have left parts of it out. */
export function renderOrigin(id: string, metadataAdmin: unknown): string[] {
  const mark = markOf(metadataAdmin);
  const origin = originOf(metadataAdmin) ?? {};
  // Whom a source has taken in, no import has created.
  const created = mark && origin.workflowId === undefined ? {} : creationOf(origin);
  const facts: Record<string, string | number | undefined> = {
    identity: id,
    ...created,
    ...(mark && sourceOf(mark)),
  };
  return Object.entries(facts).map(
    ([name, fact]) => `${`${name}:`.padEnd(13)}${fact ?? 'not known'}`,
  );
}

function creationOf({ actor, at, file, line, ...origin }: Partial<Origin>) {
  const { workflowId, runId, invitation } = origin;
  const by = { 'imported by': actor, at, file, line, workflow: workflowId, run: runId };
  return { ...by, invitation: describeInvitation(invitation) };
}

function sourceOf({ name, adopted, deactivated }: SourceMark): Record<string, string> {
  return {
    source: name,
    ...(adopted && { adopted: `at ${adopted.at} by ${adopted.actor}, ${adopted.workflowId}` }),
    ...(deactivated && { deactivated: `at ${deactivated.at}, ${deactivated.workflowId}` }),
  };
}

function describeInvitation(invitation: Origin['invitation']): string {
  if (!invitation) return 'none';
  const { dueSince, sentAt } = invitation;
  return sentAt === undefined ? `due since ${dueSince}` : `sent at ${sentAt}`;
}
