import type { FoundIdentity } from '../identity/identity.js';
import { isUuid } from '../audit/audit-row.js';
import type { Settings } from '../config.js';
import { originOf, type Origin } from '../identity/origin.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { CommandError, EXIT } from './exit.js';

/**
 * Says by which import a person came, by whom and when, and where their invitation stands. Asks Kratos alone.
 * @param who an address, or another identifier that people sign in with; or the id of an identity
 * @returns the exit status
 */
export async function printOrigin(
  who: string,
  settings: Settings['kratos'],
  say: (line: string) => void,
): Promise<number> {
  // Kratos takes nothing for no condition at all.
  if (who.trim() === '') throw new CommandError('Name an address or an id.', EXIT.wrongUse);
  const identity = await find(createKratos(settings), who).catch((error: unknown) => {
    throw explain(error, settings.adminUrl);
  });
  if (!identity) {
    throw new CommandError(
      isUuid(who)
        ? 'Kratos has no identity with this id.'
        : 'Nobody signs in to Kratos with this address. If your identity schema has addresses that nobody signs in with, look by the id of the identity.',
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
  for (const line of describe(identity.id, origin)) say(line);
  return EXIT.done;
}

/** An identifier may look like an id. */
async function find(kratos: Kratos, who: string): Promise<FoundIdentity | undefined> {
  const byId = isUuid(who) ? await kratos.get(who) : undefined;
  return byId ?? kratos.findByIdentifier(who);
}

/** Metadata is free JSON: whoever changed it by hand may have left some of it out. */
function describe(id: string, origin: Partial<Origin>): string[] {
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

function explain(error: unknown, adminUrl: string): unknown {
  if (!(error instanceof KratosError)) return error;
  const setting =
    error.kind === 'unauthorized'
      ? 'Is KRATOS_ADMIN_TOKEN right?'
      : `Is KRATOS_ADMIN_URL right (${adminUrl})?`;
  return new CommandError(`${error.message}. ${setting}`, EXIT.unreachable);
}
