import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createActivities, type ActivityDeps } from '../../../activities/index.js';
import { checkRequest } from '../../../activities/check-request.js';
import {
  chunkWorkflowId,
  furtherChildId,
  invitationsWorkflowId,
} from '../../../src/contract/ids.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import type { Store } from '../../../src/store/store.js';
import { ActivityContext } from '../../support/activity-context.js';
import { MemoryStore } from '../../support/memory-store.js';
import { StoreRoot } from '../../../src/store/store-root.js';

const RUN = { workflowId: 'import-1', runId: '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11' };
const OTHER = { workflowId: 'import-2', runId: '01a203a3-5f8b-73ab-9d32-9993c9956110' };
const IMPORT = callerOf('importUsers', RUN.workflowId);

const BAD_REFERENCES: [what: string, reference: unknown][] = [
  ['a way out', { workflowId: '../home', runId: 'alice' }],
  ['a way out in the run id', { ...RUN, runId: '../../etc' }],
  ['an absolute path', { workflowId: '/etc', runId: RUN.runId }],
  ['an encoded way out', { workflowId: '%2e%2e%2fhome', runId: RUN.runId }],
  ['dots', { workflowId: '..', runId: RUN.runId }],
  ['NUL', { workflowId: 'import\0', runId: RUN.runId }],
  ['a line break', { workflowId: 'import\n1', runId: RUN.runId }],
  ['a very long id', { workflowId: 'x'.repeat(100_000), runId: RUN.runId }],
  ['a run id that is none', { ...RUN, runId: 'latest' }],
  ['a run id with more to it', { ...RUN, runId: `${RUN.runId}/..` }],
  ['no run id', { workflowId: RUN.workflowId }],
  ['a list', [RUN.workflowId, RUN.runId]],
  ['a number', 7],
  ['a text', 'import-1'],
  ['objects that look like texts', { workflowId: { toString: 'x' }, runId: [RUN.runId] }],
];

function callerOf(workflowType: string, workflowId: string) {
  return { workflowType, workflowExecution: { workflowId, runId: RUN.runId } };
}

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  return thrown as ApplicationFailure;
}

describe('every activity', () => {
  const runs: Store = new MemoryStore();
  const deps: Partial<ActivityDeps> = { runs, importRoot: new StoreRoot(runs) };
  const activities = createActivities(deps as ActivityDeps);
  const names = Object.keys(activities) as (keyof typeof activities)[];

  it.each(names.flatMap((name) => BAD_REFERENCES.map(([what, bad]) => [name, what, bad] as const)))(
    '%s refuses %s, and repeats nothing of it',
    async (name, _what, bad) => {
      for (const key of ['run', 'undo', 'purge', 'after', 'later']) {
        const request = { run: RUN, input: {}, [key]: key === 'later' ? [RUN, bad] : bad };
        const context = new ActivityContext(1, IMPORT);
        const activity = activities[name] as (request: unknown) => Promise<unknown>;
        const failure = await failureOf(context.run(() => activity(request)));
        expect([failure.type, failure.nonRetryable]).toEqual(['InvalidInput', true]);
        expect(failure.message.length).toBeLessThan(200);
        expect(failure.message).not.toMatch(/home|etc|alice|latest|%2e/);
      }
    },
  );

  it.each(names)('%s refuses what is no object', async (name) => {
    const activity = activities[name] as (request: unknown) => Promise<unknown>;
    for (const request of [undefined, null, 'x', 7]) {
      const context = new ActivityContext(1, IMPORT);
      expect((await failureOf(context.run(() => activity(request)))).type).toBe('InvalidInput');
    }
  });
});

describe('a request', () => {
  const ALLOWED: [workflowType: string, workflowId: string, request: object][] = [
    ['importUsers', RUN.workflowId, { run: RUN, input: {} }],
    ['importChunk', chunkWorkflowId(RUN, 3), { run: RUN, chunk: 3, mode: 'skip' }],
    ['sendInvitations', invitationsWorkflowId(RUN), { run: RUN, chunk: 1, line: 2 }],
    ['undoImport', 'undo-import-1', { run: RUN, undo: { ...OTHER, workflowId: 'undo-import-1' } }],
    // As a schedule names it.
    [
      'purgeRuns',
      'user-import-purge-2026-11-27T03:00:00Z',
      { run: RUN, purge: { ...OTHER, workflowId: 'user-import-purge-2026-11-27T03:00:00Z' } },
    ],
    [
      'purgeRuns',
      'purge-import-1',
      { run: RUN, purge: { ...OTHER, workflowId: 'purge-import-1' } },
    ],
  ];

  it.each(ALLOWED)('of %s for its own run is carried out', (type, id, request) => {
    expect(() => checkRequest(request, callerOf(type, id))).not.toThrow();
  });

  it.each(ALLOWED)('of %s for another run is refused', (type, id, request) => {
    const own = { ...OTHER };
    expect(() =>
      checkRequest({ ...request, run: own, undo: own, purge: own }, callerOf(type, id)),
    ).toThrow(/not of this run|not the workflow that asks/);
    expect(() => checkRequest(request, callerOf(type, `${id}-2`))).toThrow(
      /not of this run|not the workflow that asks/,
    );
    expect(() => checkRequest(request, callerOf('another', id))).toThrow(
      /not of this run|not the workflow that asks/,
    );
    expect(() => checkRequest(request, {})).toThrow(/not of this run|not the workflow that asks/);
  });

  it.each(ALLOWED.slice(1, 3))('of %s is carried out under a further id', (type, id, request) => {
    const check = (further: string) => () => checkRequest(request, callerOf(type, further));
    expect(check(furtherChildId(id, RUN.runId))).not.toThrow();
    for (const other of [`${id}0`, `${id}/`, `${id}/x`, `${id}0/${RUN.runId}`]) {
      expect(check(other)).toThrow(/not of this run|not the workflow that asks/);
    }
  });

  it.each([0, -1, 1.5, 1e300, '1', null, Number.NaN, [1], {}])(
    'with the number %j is refused',
    (number) => {
      for (const key of ['chunk', 'line', 'from']) {
        const request = { run: RUN, [key]: number };
        expect(() => checkRequest(request, IMPORT), key).toThrow('counts from 1');
      }
    },
  );
});

describe('the folder of a run', () => {
  it.each(BAD_REFERENCES.slice(0, 8))('is not made of %s', (_what, bad) => {
    expect(() => new RunLayout(new MemoryStore(), bad as typeof RUN)).toThrow('names no folder');
  });
});
