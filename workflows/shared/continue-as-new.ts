import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';

/** Goes on with an empty history. Only while nothing is in flight. */
export async function continueRun({
  input,
  state,
}: {
  input: object;
  state: object;
}): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew(input, state);
}
