/** The import that is meant where no id is given. */
import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { taskQueue } from '../temporal.js';
import type { Print } from './command-context.js';
import { CommandError, EXIT } from './exit.js';

/**
 * The id that was given or, without one, that of the import which was started last, and says so.
 * @throws CommandError where there is none
 */
export async function meantImport(
  client: Client,
  id: string | undefined,
  print: Print,
): Promise<string> {
  if (id !== undefined) return id;
  const query = `WorkflowType = '${WORKFLOW_TYPES.importUsers}' AND TaskQueue = '${taskQueue()}'`;
  // Newest first, in every store that Temporal has.
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 1 })) {
    print({ tone: 'soft', text: `The newest import: ${workflowId}` });
    return workflowId;
  }
  const where = `the namespace "${client.options.namespace}", task queue "${taskQueue()}"`;
  throw new CommandError(
    `Temporal knows of no import in ${where}. Name one, or start one: user-import start FILE`,
    EXIT.wrongUse,
  );
}
