import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivateInput } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { interceptorsWith } from '../../../workflows/interceptors.js';

type Activation = ActivateInput['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/** The jobs that reach the SDK. */
function activated(jobs: Job[]): Job[] {
  const activation = { jobs } as Activation;
  let reached: Job[] = [];
  const { activate } = interceptorsWith(() => defaultPayloadConverter).internals![0]!;
  activate!({ activation, batchIndex: 0 }, (input) => (reached = input.activation.jobs ?? []));
  return reached;
}

const { toPayload, fromPayload } = defaultPayloadConverter;

function signal(signalName: string, ...values: unknown[]): Job {
  const input = values.map((value) => toPayload.call(defaultPayloadConverter, value));
  return { signalWorkflow: { signalName, input } };
}

/** What a job that holds signals has in it. */
function signalsIn({ signalWorkflow }: Job): unknown {
  const [payload] = signalWorkflow!.input!;
  return fromPayload.call(defaultPayloadConverter, payload!);
}

test('signals that come together are one job, in their order', () => {
  const jobs = activated([signal('pause'), signal('setEmailRate', 9), signal('signals', [1])]);
  expect(jobs.map(({ signalWorkflow }) => signalWorkflow?.signalName)).toEqual(['signals']);
  expect(signalsIn(jobs[0]!)).toEqual([
    { name: 'pause' },
    { name: 'setEmailRate', argument: 9 },
    { name: 'signals', argument: [1] },
  ]);
});

test('what comes between two signals stays between them', () => {
  const timer: Job = { fireTimer: { seq: 1 } };
  const [first, second, third, ...others] = activated([signal('a'), timer, signal('b')]);
  expect(second).toBe(timer);
  expect([signalsIn(first!), signalsIn(third!)]).toEqual([[{ name: 'a' }], [{ name: 'b' }]]);
  expect(others).toEqual([]);
});

test('an argument that is not JSON, and a name that the SDK reserves, can be refused', () => {
  const broken: Job = {
    signalWorkflow: {
      signalName: '__temporal_x',
      input: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') }],
    },
  };
  const [job] = activated([broken]);
  expect(job!.signalWorkflow!.signalName).toBe('signals');
  expect(signalsIn(job!)).toEqual([
    { name: '__temporal_x', argument: 'something that is not JSON' },
  ]);
});
