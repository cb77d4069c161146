/** Counts, for metrics, how often imports begin to wait for an operator, or for the token. A replay counts nothing. */
import { metricMeter } from '@temporalio/workflow';
import { count } from '../../src/telemetry/metrics.js';
import type { ImportRun, ImportState } from './state.js';

/** What each import waited for when it was looked at last. */
const before = new WeakMap<ImportRun, string[]>();

/** Called after each change. What an execution begins with was counted by the one before it. */
export function countWaits(run: ImportRun): void {
  const reasons = waitsOf(run.state);
  const known = before.get(run) ?? reasons;
  before.set(run, reasons);
  for (const reason of reasons) {
    if (!known.includes(reason)) count(metricMeter, 'waits', { reason });
  }
}

function waitsOf({ pausedBy, pendingApproval, held, phase }: ImportState): string[] {
  return [
    ...pausedBy,
    ...(pendingApproval ? [pendingApproval] : []),
    ...(held && phase === 'inviting' ? ['held'] : []),
  ];
}
