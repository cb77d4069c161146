/**
 * What Temporal hands to a workflow, before its code runs. Its input and every signal are made readable, so that they
 * can be refused: the SDK fails the workflow task on an argument that is not JSON, and on a signal's name that it
 * reserves; both stay in the history, so the task would fail for ever. Signals that come together become one. And it
 * is found out whether this execution goes on with an earlier one. Bundled with the workflows.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';
import { setContinuedByOwnCode } from './shared/continue-as-new.js';
import { SIGNALS, type ReceivedSignal } from './shared/signals.js';

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];
type Signal = NonNullable<Job['signalWorkflow']>;
type Payload = NonNullable<Signal['input']>[number];

/** Replaces an argument that cannot be read. */
const UNREADABLE = 'something that is not JSON';
/** Of Temporal's ContinueAsNewInitiator; a cron and a retry policy are others. */
const BY_ITS_OWN_CODE = 1;

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        const { activation } = input;
        for (const { initializeWorkflow } of activation.jobs ?? []) {
          if (!initializeWorkflow) continue;
          initializeWorkflow.arguments = readable(initializeWorkflow.arguments);
          const initiator = initializeWorkflow.continuedInitiator as number | undefined;
          setContinuedByOwnCode(initiator === BY_ITS_OWN_CODE);
        }
        activation.jobs = withSignalsTogether(activation.jobs ?? []);
        next(input);
      },
    },
  ],
});

/** Signals that follow one another as one that holds them; what stands between others keeps its place. */
function withSignalsTogether(jobs: Job[]): Job[] {
  const result: Job[] = [];
  let together: { job: Job; signals: ReceivedSignal[] } | undefined;
  const close = (): void => {
    if (together) together.job.signalWorkflow!.input = [toPayload(together.signals)];
    together = undefined;
  };
  for (const job of jobs) {
    const { signalWorkflow } = job;
    if (!signalWorkflow) {
      close();
      result.push(job);
      continue;
    }
    const signal = received(signalWorkflow);
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
function received({ signalName, input }: Signal): ReceivedSignal {
  const [payload] = input ?? [];
  return { name: signalName ?? '', argument: payload && read(payload) };
}

function readable(payloads: Payload[] | null | undefined): Payload[] | undefined {
  return payloads?.map((payload) => {
    const value = read(payload);
    return value === UNREADABLE ? toPayload(value) : payload;
  });
}

function read(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return UNREADABLE;
  }
}

function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}
