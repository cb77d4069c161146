/** What Temporal stores of a workflow, as whoever reads its database sees it. */
import type { Client } from '@temporalio/client';

interface Payload {
  metadata?: Record<string, Uint8Array>;
  data?: Uint8Array;
}

/** Every payload in the histories of a workflow and of its children, search attributes aside: those are never encoded. */
export async function storedPayloads(client: Client, workflowId: string): Promise<Payload[]> {
  const { workflowService, options } = client;
  const { history } = await workflowService.getWorkflowExecutionHistory({
    namespace: options.namespace,
    execution: { workflowId },
  });
  const events = history?.events ?? [];
  const children = events.flatMap(
    ({ childWorkflowExecutionStartedEventAttributes: started }) =>
      started?.workflowExecution?.workflowId ?? [],
  );
  const further = await Promise.all(children.map((child) => storedPayloads(client, child)));
  return [...payloadsIn(events), ...further.flat()];
}

export function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.['encoding'] ?? []).toString();
}

function payloadsIn(value: unknown): Payload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if (isPayload(value)) return [value];
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'searchAttributes' ? [] : payloadsIn(part),
  );
}

function isPayload(value: object): value is Payload {
  return 'metadata' in value && 'encoding' in (value.metadata as object);
}
