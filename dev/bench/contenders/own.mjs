// This project, as an admin uses it: through Temporal, with a worker that runs already.
import { setTimeout as sleep } from 'node:timers/promises';

const TASK_QUEUE = 'user-import';
const POLL_MS = 50;

/**
 * @param {import('@temporalio/client').Client} client
 * @param {Record<string, unknown>} input
 */
export async function startImport(client, input) {
  const workflowId = `bench-${Date.now()}`;
  return client.workflow.start('importUsers', {
    ...{ workflowId, taskQueue: TASK_QUEUE },
    args: [{ actor: 'bench', invitations: { send: 'never' }, ...input }],
  });
}

/**
 * @param {import('@temporalio/client').Client} client
 * @param {Record<string, unknown>} input
 */
export async function importUsers(client, input) {
  const started = performance.now();
  const handle = await startImport(client, input);
  const result = await handle.result();
  const seconds = (performance.now() - started) / 1000;
  return { seconds, workflowId: handle.workflowId, ...result.rows };
}

/**
 * An undo, whose plan is approved as soon as it is there.
 * @param {import('@temporalio/client').Client} client
 * @param {string} workflowId of the import
 */
export async function undoImport(client, workflowId) {
  const started = performance.now();
  const handle = await client.workflow.start('undoImport', {
    ...{ workflowId: `undo-${workflowId}`, taskQueue: TASK_QUEUE },
    args: [{ workflowId, actor: 'bench' }],
  });
  const isPlanned = async () => (await handle.query('progress')).phase === 'awaiting-approval';
  while (!(await isPlanned())) await sleep(POLL_MS);
  await handle.executeUpdate('approve');
  const { undone } = await handle.result();
  return { seconds: (performance.now() - started) / 1000, deleted: undone.deleted };
}
