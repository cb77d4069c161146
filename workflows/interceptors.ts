/**
 * What Temporal hands to a workflow, before its code runs. Its input and every signal are made readable, so that they
 * can be refused: the SDK fails the workflow task on an argument that is not JSON, and on a signal's name that it
 * reserves; both stay in the history, so the task would fail for ever. And it is found out whether this execution goes
 * on with an earlier one. Bundled with the workflows.
 */
import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';
// The SDK has no other way to the converter of this worker, which need not be its default one.
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { setContinuedByOwnCode } from './shared/continue-as-new.js';

type Signal = NonNullable<
  NonNullable<ActivateInput['activation']['jobs']>[number]['signalWorkflow']
>;
type Payload = NonNullable<Signal['input']>[number];

/** Replaces an argument that cannot be read. */
const UNREADABLE = 'something that is not JSON';
const RESERVED = '__temporal_';
/** Of Temporal's ContinueAsNewInitiator; a cron and a retry policy are others. */
const BY_ITS_OWN_CODE = 1;

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow, initializeWorkflow } of input.activation.jobs ?? []) {
          if (signalWorkflow) makeReadable(signalWorkflow);
          if (initializeWorkflow) {
            initializeWorkflow.arguments = readable(initializeWorkflow.arguments);
            const initiator = initializeWorkflow.continuedInitiator as number | undefined;
            setContinuedByOwnCode(initiator === BY_ITS_OWN_CODE);
          }
        }
        next(input);
      },
    },
  ],
});

function makeReadable(signal: Signal): void {
  if (signal.signalName?.startsWith(RESERVED)) signal.signalName = 'reserved';
  signal.input = readable(signal.input);
}

function readable(payloads: Payload[] | null | undefined): Payload[] | undefined {
  return payloads?.map((payload) =>
    isReadable(payload) ? payload : getActivator().payloadConverter.toPayload(UNREADABLE),
  );
}

function isReadable(payload: Payload): boolean {
  try {
    getActivator().payloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}
