/** Whether Temporal answers, and has what the settings name. */
import type { Client } from '@temporalio/client';
import type { SearchAttributes } from '../contract/search-attributes.js';
import { checkSearchAttributes } from '../registered-attributes.js';
import { SettingsError } from '../settings-error.js';
import {
  connectClient,
  isRefusal,
  refusedBy,
  temporalAddress,
  temporalNamespace,
  UnreachableError,
} from '../temporal.js';
import {
  failed,
  findOut,
  ok,
  skipped,
  unreachable,
  warning,
  type Finding,
  type Outcome,
} from './finding.js';

/** Of gRPC. */
const NOT_FOUND = 5;

/**
 * Connects, and lets `use` find out more where that works.
 * @returns the finding of the connection, and what `use` found
 */
export async function checkTemporal<T>(
  use: (client: Client) => Promise<T>,
): Promise<{ finding: Finding; found: T | undefined }> {
  let found: T | undefined;
  const finding = await findOut('temporal', async () => {
    try {
      const { client, close } = await connectClient();
      try {
        const outcome = await lookAtNamespace(client);
        if (outcome.status === 'ok') found = await use(client);
        return outcome;
      } finally {
        await close();
      }
    } catch (error) {
      return explain(error);
    }
  });
  return { finding, found };
}

async function lookAtNamespace({ workflowService }: Client): Promise<Outcome> {
  const namespace = temporalNamespace();
  const { serverVersion } = await workflowService.getSystemInfo({});
  try {
    await workflowService.describeNamespace({ namespace });
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
    return failed(
      `${temporalAddress()} has no namespace "${namespace}"`,
      'Set TEMPORAL_NAMESPACE, or make it: temporal operator namespace create',
    );
  }
  const version = serverVersion ? `, version ${serverVersion}` : '';
  return ok(`${temporalAddress()}, namespace "${namespace}"${version}`);
}

function explain(error: unknown): Outcome {
  if (error instanceof UnreachableError) {
    return unreachable(error.message, 'Start Temporal, or correct TEMPORAL_ADDRESS.');
  }
  if (error instanceof SettingsError) {
    return failed(error.message, 'TEMPORAL_… are read as the Temporal CLI reads them.');
  }
  if (isRefusal(error)) {
    return failed(refusedBy(temporalAddress()), 'Ask whoever runs Temporal for access.');
  }
  throw error;
}

export async function checkAttributes(
  { connection }: Client,
  wanted: SearchAttributes | undefined,
): Promise<Outcome> {
  if (!wanted) return skipped('SEARCH_ATTRIBUTES is not set: imports set none');
  try {
    await checkSearchAttributes(connection, temporalNamespace(), wanted);
    return ok('the namespace has those that SEARCH_ATTRIBUTES names');
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const [text = '', ...commands] = error.message.split('\n');
    return failed(text, commands.length > 0 ? commands.join(' ').trim() : 'See docs/settings.md.');
  }
}

const PAGE_MS = 5000;

/** Links lead there; any page that is no error of the server will do, such as a login. */
export async function checkUi(url: string | undefined): Promise<Outcome> {
  if (url === undefined) return skipped('TEMPORAL_UI_URL is not set: no links');
  const remedy =
    'Set TEMPORAL_UI_URL to the address that people open. They may reach more than this machine.';
  try {
    const signal = AbortSignal.timeout(PAGE_MS);
    const { status } = await fetch(url, { redirect: 'manual', signal });
    return status < 400 || status === 401 || status === 403
      ? ok(url)
      : warning(`${url} answers ${status}`, remedy);
  } catch {
    return warning(`${url} does not answer this machine`, remedy);
  }
}
