/**
 * The name of the folder that holds the runs of a workflow id: the id itself, with `+` for each colon. A schedule puts
 * a time with colons into the ids of what it starts; a colon is a drive's on Windows and a stream's on its shares, and no
 * id has a plus, so that two ids never share a folder.
 */
import { isWorkflowId } from '../contract/ids.js';

export function folderOfWorkflow(workflowId: string): string {
  return workflowId.replaceAll(':', '+');
}

/** @returns undefined for the name of a folder that is none of the import's */
export function workflowOfFolder(name: string): string | undefined {
  const workflowId = name.replaceAll('+', ':');
  return isWorkflowId(workflowId) && folderOfWorkflow(workflowId) === name ? workflowId : undefined;
}
