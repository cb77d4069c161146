/** The identity that a row is to become, but for its credential. */
import type { RunRef } from '../contract/ids.js';
import type { Profile } from '../identity/after-image.js';
import { normalizeIdentifier } from '../identity/email.js';
import type { ImportRow } from '../identity/identity.js';
import { ORIGIN_KEY, type Origin } from '../identity/origin.js';
import type { Plan } from '../store/plan.js';
import { hasPassword } from './credential.js';

export interface ProfileContext {
  run: RunRef;
  plan: Pick<Plan, 'schema' | 'file' | 'actor' | 'markEmailVerified'>;
  /** When the row is imported. */
  at: Date;
}

export function profileOf(context: ProfileContext, row: ImportRow, line: number): Profile {
  const { schema, markEmailVerified } = context.plan;
  const { traits, metadataAdmin, metadataPublic, externalId } = row;
  return {
    schemaId: schema.id,
    traits,
    metadataAdmin: { ...metadataAdmin, [ORIGIN_KEY]: originOfRow(context, row, line) },
    ...(Object.keys(metadataPublic).length > 0 && { metadataPublic }),
    externalId,
    state: row.state ?? 'active',
    verifiedEmails: markEmailVerified ? [normalizeIdentifier(row.email)] : [],
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
  return hasPassword(row) ? origin : { ...origin, invitation: { dueSince: time } };
}
