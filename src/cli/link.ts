import type { WorkflowHandle } from '@temporalio/client';
import { executionUrl, temporalUiUrl } from '../temporal-ui.js';

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
