/** The identity that a row is to become, but for its password. */
import type { RunRef } from '../contract/ids.js';
import type { Profile } from '../identity/after-image.js';
import { normalizeIdentifier } from '../identity/email.js';
import { verifiablePhones } from '../identity/identifiers.js';
import type { IdentityFields, ImportRow } from '../identity/identity.js';
import { ORIGIN_KEY, type Origin } from '../identity/origin.js';
import { newMark } from '../identity/source-mark.js';
import type { Plan } from '../store/plan.js';
import { choosesPassword } from '../identity/ways-in.js';
import { otherCredentials } from './credential.js';

export interface ProfileContext {
  run: RunRef;
  plan: Pick<
    Plan,
    'schema' | 'map' | 'file' | 'actor' | 'source' | 'markEmailVerified' | 'invitesSignIns'
  >;
  /** When the row is imported (ISO 8601). */
  at: string;
}

export function profileOf(context: ProfileContext, row: ImportRow, line: number): Profile {
  const { schema } = context.plan;
  const { traits, metadataAdmin, metadataPublic, externalId, organizationId } = row;
  return {
    schemaId: schema.id,
    traits,
    metadataAdmin: { ...metadataAdmin, [ORIGIN_KEY]: originOfRow(context, row, line) },
    ...(Object.keys(metadataPublic).length > 0 && { metadataPublic }),
    externalId,
    organizationId,
    state: row.state ?? 'active',
    ...verifiedIn(context, row),
    ...otherCredentials(row),
  };
}

/** Of lists, only the first entry: the file says nothing of the others. */
function verifiedIn({ plan }: ProfileContext, row: ImportRow) {
  const { email, emailVerified = plan.markEmailVerified, phoneVerified = false } = row;
  const phones = phoneVerified ? verifiablePhones(plan.schema, row.traits) : [];
  return {
    verifiedEmails: emailVerified && email !== '' ? [normalizeIdentifier(email)] : [],
    ...(phones.length > 0 && { verifiedPhones: phones }),
  };
}

function originOfRow({ run, plan, at }: ProfileContext, row: ImportRow, line: number): Origin {
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    file: plan.file,
    line,
    actor: plan.actor,
    at,
    ...(choosesPassword(row, plan) && { invitation: { dueSince: at } }),
    ...(plan.source && { source: newMark(plan.source.name, row, plan.map, fieldsOf(row)) }),
  };
}

/** What Kratos will have of what the row gives. */
function fieldsOf(row: ImportRow): IdentityFields {
  return {
    traits: row.traits,
    metadata_public: row.metadataPublic,
    metadata_admin: row.metadataAdmin,
    ...(row.externalId !== undefined && { external_id: row.externalId }),
    state: row.state ?? 'active',
  };
}
