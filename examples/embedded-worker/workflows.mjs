/** The workflows of this worker: those of imports, and one of its own. */
import { executeChild } from '@temporalio/workflow';

export * from 'kratos-user-import/workflows';

/**
 * Imports files one after the other, and stops at the first that fails.
 * @param {import('kratos-user-import').ImportRequest[]} requests
 */
export async function importInTurn(requests) {
  let created = 0;
  for (const request of requests) {
    /** @type {import('kratos-user-import').ReportSummary} */
    const { rows } = await executeChild('importUsers', {
      workflowId: `in-turn-${request.file.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`,
      args: [request],
    });
    created += rows.created;
  }
  return { created };
}
