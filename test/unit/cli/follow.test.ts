import { expect, it } from 'vitest';
import { describeReportPlace } from '../../../src/cli/follow.js';

it('the place of the report of an import that a schedule has started is its folder, without colons', () => {
  const runId = '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11';
  expect(describeReportPlace({ workflowId: 'nightly-2026-11-27T03:00:00Z', runId })).toMatch(
    `: nightly-2026-11-27T03+00+00Z/${runId}`,
  );
});
