/** Links to Temporal's UI, whose address the setting TEMPORAL_UI_URL names. */
import { SettingsError } from './settings-error.js';

/** One execution of a workflow. */
export interface Execution {
  workflowId: string;
  runId: string;
}

/** What is wrong with the address of a Temporal UI; undefined for one that can be used. */
export function uiUrlProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'is not an http or https URL';
  const { username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '') {
    return 'holds a login: links to it are printed, and stand in reports';
  }
  return search !== '' || hash !== '' ? 'goes on after its path: leave out ? and #' : undefined;
}

/**
 * The setting, for commands.
 * @throws SettingsError
 */
export function temporalUiUrl(): string | undefined {
  const text = process.env['TEMPORAL_UI_URL'] || undefined;
  const problem = text && uiUrlProblem(text);
  if (problem) throw new SettingsError(`TEMPORAL_UI_URL ${problem}.`);
  return text;
}

/** The page of one execution. */
export function executionUrl(
  uiUrl: string,
  namespace: string,
  { workflowId, runId }: Execution,
): string {
  return pageUrl(uiUrl, ['namespaces', namespace, 'workflows', workflowId, runId]);
}

/** @param query in the words of Temporal's lists, such as `WorkflowType="importUsers"` */
export function listUrl(uiUrl: string, namespace: string, query: string): string {
  const page = pageUrl(uiUrl, ['namespaces', namespace, 'workflows']);
  return `${page}?query=${encodeURIComponent(query)}`;
}

function pageUrl(uiUrl: string, path: string[]): string {
  return `${uiUrl.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}
