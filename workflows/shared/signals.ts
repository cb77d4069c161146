/**
 * Signals, as the interceptor hands them over: all that come together in one list. The SDK makes several promises for
 * each signal that it dispatches, and a stack trace for each of those: ten thousand signals that have come while no
 * worker ran would take longer than it gives to workflow code, each time anew.
 */
import { setDefaultSignalHandler } from '@temporalio/workflow';

export interface ReceivedSignal {
  name: string;
  argument?: unknown;
}

/** The name of the one signal that holds them all. Nobody else's signal reaches a workflow by its own name. */
export const SIGNALS = 'signals';

/** @param handle gets the signals in their order; what it throws fails the workflow's task for ever */
export function handleSignals(handle: (signals: ReceivedSignal[]) => void): void {
  setDefaultSignalHandler((_, signals) => handle(signals as ReceivedSignal[]));
}
