/** Runs of one source on a Kratos in memory: each is planned and imported by the real code, without a workflow. */
import type { RowOutcome } from '../../src/contract/import/outcomes.js';
import { markOf, originOf, type SourceMark } from '../../src/identity/origin.js';
import { lastChunk } from '../../src/store/open-run.js';
import { isSkipped } from '../../src/store/settled.js';
import { attempt, outcomes } from './chunk-attempts.js';
import type { KratosInMemory } from './kratos-in-memory.js';
import { PlannedRun, type Given } from './planned-run.js';

/** The input of a source that deactivates its leavers. */
export const HR = { mode: 'update', missing: { scope: 'hr', do: 'deactivate' } };

/** @param night its number, from 1 to 9, by which its run is another one */
export function planNight(
  kratos: KratosInMemory,
  night: number,
  file: string,
  input: Record<string, unknown> = {},
  given: Given = {},
): Promise<PlannedRun> {
  const run = { workflowId: `hr-${night}`, runId: `7c9e6679-7425-40de-944b-00000000000${night}` };
  return PlannedRun.of(file, { ...given, kratos, run, input: { ...HR, ...input } });
}

/** Imports what is open of the run, lets its leavers leave, and sends the invitations that are due. */
export async function importNight(run: PlannedRun, kratos: KratosInMemory): Promise<RowOutcome[]> {
  const rows: RowOutcome[] = [];
  for (let chunk = 1; chunk <= lastChunk(run.plan); chunk++) {
    if (isSkipped(run.plan, chunk)) continue;
    await attempt(run, kratos, { mode: 'update', chunk });
    rows.push(...(await outcomes(run, chunk)));
  }
  invite(kratos);
  return rows;
}

/** Nobody is due an invitation any more, who would be looked at each night. */
function invite(kratos: KratosInMemory): void {
  for (const { metadataAdmin } of kratos.identities.values()) {
    const invitation = originOf(metadataAdmin)?.invitation;
    if (invitation) invitation.sentAt ??= invitation.dueSince;
  }
}

/** A whole night at once. */
export async function night(
  kratos: KratosInMemory,
  number: number,
  file: string,
  input: Record<string, unknown> = {},
): Promise<RowOutcome[]> {
  return importNight(await planNight(kratos, number, file, input), kratos);
}

export function markIn(kratos: KratosInMemory, email: string): SourceMark | undefined {
  return markOf(kratos.byEmail(email)?.[1].metadataAdmin);
}
