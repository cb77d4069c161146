import type { FoundIdentity } from '../identity/identity.js';
import { isUuid } from '../audit/audit-row.js';
import { kratosWarnings, type Settings } from '../config.js';
import { originOf, type Origin } from '../identity/origin.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { kratosProblem } from './kratos-problem.js';

/**
 * Prints which import created a user, for whom and when, and the state of the invitation. Asks Kratos alone.
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
  const origin = originOf(identity.fields.metadata_admin);
  if (!origin) {
    throw new CommandError(
      `Identity ${identity.id} is in Kratos, and was created by no import.`,
      EXIT.incomplete,
    );
  }
  printJson({ identity: identity.id, origin });
  for (const line of renderOrigin(identity.id, origin)) print(line);
  return EXIT.done;
}

/** By the id first; but an identifier may look like an id. */
async function find(kratos: Kratos, user: string): Promise<FoundIdentity | undefined> {
  const byId = isUuid(user) ? await kratos.get(user) : undefined;
  return byId ?? kratos.findByIdentifier(user);
}

/** Metadata is free JSON: a change by hand may have left parts of it out. */
function renderOrigin(id: string, origin: Partial<Origin>): string[] {
  const { actor, at, file, line, workflowId, runId, invitation } = origin;
  const facts = {
    identity: id,
    'imported by': actor,
    at,
    file,
    line,
    workflow: workflowId,
    run: runId,
    invitation: describeInvitation(invitation),
  };
  return Object.entries(facts).map(
    ([name, fact]) => `${`${name}:`.padEnd(13)}${fact ?? 'not known'}`,
  );
}

function describeInvitation(invitation: Origin['invitation']): string {
  if (!invitation) return 'none';
  const { dueSince, sentAt } = invitation;
  return sentAt === undefined ? `due since ${dueSince}` : `sent at ${sentAt}`;
}
