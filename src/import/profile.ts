/** The identity that a row is to become, but for its password. */
import type { RunRef } from '../contract/ids.js';
import type { Profile } from '../identity/after-image.js';
import { normalizeIdentifier } from '../identity/email.js';
import type { ImportRow } from '../identity/identity.js';
import { ORIGIN_KEY, type Origin } from '../identity/origin.js';
import type { Plan } from '../store/plan.js';
import { choosesPassword, otherCredentials } from './credential.js';

export interface ProfileContext {
  run: RunRef;
  plan: Pick<Plan, 'schema' | 'file' | 'actor' | 'markEmailVerified' | 'invitesSignIns'>;
  /** When the row is imported. */
  at: Date;
}

export function profileOf(context: ProfileContext, row: ImportRow, line: number): Profile {
  const { schema, markEmailVerified } = context.plan;
  const { traits, metadataAdmin, metadataPublic, externalId, organizationId } = row;
  return {
    schemaId: schema.id,
    traits,
    metadataAdmin: { ...metadataAdmin, [ORIGIN_KEY]: originOfRow(context, row, line) },
    ...(Object.keys(metadataPublic).length > 0 && { metadataPublic }),
    externalId,
    organizationId,
    state: row.state ?? 'active',
    verifiedEmails: markEmailVerified ? [normalizeIdentifier(row.email)] : [],
    ...otherCredentials(row),
  };
}

function originOfRow({ run, plan, at }: ProfileContext, row: ImportRow, line: number): Origin {
  const time = at.toISOString();
  const origin: Origin = {
    workflowId: run.workflowId,
    runId: run.runId,
    file: plan.file,
    line,
    actor: plan.actor,
    at: time,
  };
  return choosesPassword(row, plan) ? { ...origin, invitation: { dueSince: time } } : origin;
}
