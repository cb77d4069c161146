/**
 * What Temporal hands to a workflow, before its code runs. Its input and every signal are made readable, so that they
 * can be refused: the SDK fails the workflow task on an argument that is not JSON, and on a signal's name that it
 * reserves; both stay in the history, so the task would fail for ever. Signals that come together become one. And it
 * is found out whether this execution goes on with an earlier one. Bundled with the workflows.
 */
import type { PayloadConverter } from '@temporalio/common';
import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';
// The SDK has no other way to the converter of this worker, which need not be its default one.
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { setContinuedBy } from './shared/continued.js';
import { SIGNALS, type ReceivedSignal } from './shared/signals.js';

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];
type Signal = NonNullable<Job['signalWorkflow']>;
type Payload = NonNullable<Signal['input']>[number];

/** Replaces an argument that cannot be read. */
const UNREADABLE = 'something that is not JSON';

export const interceptors = (): WorkflowInterceptors =>
  interceptorsWith(() => getActivator().payloadConverter);

/** @param converterOf the converter of this worker, which is known once the workflow is made */
export const interceptorsWith = (converterOf: () => PayloadConverter): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        const { activation } = input;
        const converter = converterOf();
        for (const { initializeWorkflow } of activation.jobs ?? []) {
          if (!initializeWorkflow) continue;
          initializeWorkflow.arguments = readable(initializeWorkflow.arguments, converter);
          setContinuedBy(initializeWorkflow.continuedInitiator as number | undefined);
        }
        activation.jobs = withSignalsTogether(activation.jobs ?? [], converter);
        next(input);
      },
    },
  ],
});

/** Signals that follow one another as one that holds them; what stands between others keeps its place. */
function withSignalsTogether(jobs: Job[], converter: PayloadConverter): Job[] {
  const result: Job[] = [];
  let together: { job: Job; signals: ReceivedSignal[] } | undefined;
  const close = (): void => {
    if (together) together.job.signalWorkflow!.input = [converter.toPayload(together.signals)];
    together = undefined;
  };
  for (const job of jobs) {
    const { signalWorkflow } = job;
    if (!signalWorkflow) {
      close();
      result.push(job);
      continue;
    }
    const signal = received(signalWorkflow, converter);
    if (together) together.signals.push(signal);
    else {
      together = { job, signals: [signal] };
      signalWorkflow.signalName = SIGNALS;
      result.push(job);
    }
  }
  close();
  return result;
}

/** No signal has more than one argument. */
function received({ signalName, input }: Signal, converter: PayloadConverter): ReceivedSignal {
  const [payload] = input ?? [];
  return { name: signalName ?? '', argument: payload && read(payload, converter) };
}

function readable(
  payloads: Payload[] | null | undefined,
  converter: PayloadConverter,
): Payload[] | undefined {
  return payloads?.map((payload) => {
    const value = read(payload, converter);
    return value === UNREADABLE ? converter.toPayload(value) : payload;
  });
}

function read(payload: Payload, converter: PayloadConverter): unknown {
  try {
    return converter.fromPayload(payload);
  } catch {
    return UNREADABLE;
  }
}
