import type { WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { executionUrl, listUrl, temporalUiUrl } from '../temporal-ui.js';

/**
 * Where Temporal's UI shows a workflow, as a line for the terminal; none without TEMPORAL_UI_URL.
 * @throws SettingsError
 */
export async function renderLink(handle: WorkflowHandle): Promise<string[]> {
  const uiUrl = temporalUiUrl();
  if (uiUrl === undefined) return [];
  const { workflowId, client } = handle;
  const { runId } = await handle.describe();
  return [describeLink(executionUrl(uiUrl, client.options.namespace, { workflowId, runId }))];
}

export function describeLink(url: string): string {
  return `In Temporal: ${url}`;
}

/** The list of imports, undos and purges: without their children, of which one import may have thousands. */
export function importsUrl(uiUrl: string, namespace: string): string {
  const { importUsers, undoImport, purgeRuns } = WORKFLOW_TYPES;
  const types = [importUsers, undoImport, purgeRuns].map((type) => `"${type}"`).join(',');
  return listUrl(uiUrl, namespace, `WorkflowType in (${types})`);
}
