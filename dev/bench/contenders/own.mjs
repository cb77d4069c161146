// This project, as an admin starts it: through Temporal, with a worker that runs already.
/**
 * @param {import('@temporalio/client').Client} client
 * @param {Record<string, unknown>} input
 */
export async function importUsers(client, input) {
  const workflowId = `bench-${Date.now()}`;
  const started = performance.now();
  const handle = await client.workflow.start('importUsers', {
    ...{ workflowId, taskQueue: 'user-import' },
    args: [{ actor: 'bench', invitations: { send: 'never' }, ...input }],
  });
  const result = await handle.result();
  const seconds = (performance.now() - started) / 1000;
  return { seconds, workflowId, ...result.rows };
}
