import type { Client } from '@temporalio/client';

/** A run's history, decoded as anyone with access to Temporal can read it. */
export interface ReadHistory {
  workflowId: string;
  events: number;
  bytes: number;
  /** All of it as text, payloads decoded. */
  text: string;
}

/** The histories of all workflows whose id begins with `prefix`, every continued run apart. */
export async function historiesOf(client: Client, prefix: string): Promise<ReadHistory[]> {
  const found: ReadHistory[] = [];
  const query = `WorkflowId STARTS_WITH "${prefix}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    found.push({
      workflowId,
      events: history.events?.length ?? 0,
      bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? NaN),
      text: JSON.stringify(history, decoded),
    });
  }
  return found;
}

/** Exported histories hold payloads as base64. */
function decoded(key: string, value: unknown): unknown {
  return key === 'data' && typeof value === 'string'
    ? Buffer.from(value, 'base64').toString('utf8')
    : value;
}
