/** The import that is meant where no id is given. */
import type { Client } from '@temporalio/client';
import { taskQueue } from '../temporal.js';
import type { Print } from './command-context.js';
import { newestImport } from './executions.js';
import { CommandError, EXIT } from './exit.js';

/**
 * The id that was given or, without one, that of the import which was started last, and says so. A retry is meant as
 * well: it is what an operator has just started. An undo is not.
 * @throws CommandError where there is none
 */
export async function meantImport(
  client: Client,
  id: string | undefined,
  print: Print,
): Promise<string> {
  if (id !== undefined) return id;
  const newest = await newestImport(client);
  if (newest) {
    print({ tone: 'soft', text: `The newest import: ${newest.workflowId}` });
    return newest.workflowId;
  }
  const where = `the namespace "${client.options.namespace}", task queue "${taskQueue()}"`;
  throw new CommandError(
    `Temporal knows of no import in ${where}. Name one, or start one: user-import start FILE`,
    EXIT.wrongUse,
  );
}
