/**
 * Interceptor that makes every signal readable, so that a handler can refuse it. The SDK fails the workflow task on an
 * argument that is not JSON, and on a name that it reserves; the signal stays in the history, so the task would fail
 * for ever. Bundled with the workflows.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';

type Signal = NonNullable<
  NonNullable<ActivateInput['activation']['jobs']>[number]['signalWorkflow']
>;
type Payload = NonNullable<Signal['input']>[number];

/** Replaces an argument that cannot be read. */
const UNREADABLE = 'something that is not JSON';
const RESERVED = '__temporal_';

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow } of input.activation.jobs ?? []) {
          if (signalWorkflow) makeReadable(signalWorkflow);
        }
        next(input);
      },
    },
  ],
});

function makeReadable(signal: Signal): void {
  if (signal.signalName?.startsWith(RESERVED)) signal.signalName = 'reserved';
  signal.input = signal.input?.map((payload) =>
    isReadable(payload) ? payload : defaultPayloadConverter.toPayload(UNREADABLE),
  );
}

function isReadable(payload: Payload): boolean {
  try {
    defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}
