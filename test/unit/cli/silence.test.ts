import { describe, expect, it } from 'vitest';
import { explainTrouble, type Silence } from '../../../src/cli/silence.js';

const NEW = { deploymentName: 'imports', buildId: 'v2' };
const OLD = { deploymentName: 'imports', buildId: 'v1' };

const worker = (version?: Silence['current']) => ({ identity: '7@host', secondsAgo: 3, version });

/** A workflow that a worker could run, with what differs. */
function explained(silence: Partial<Silence>, ownQueue = 'user-import'): string | undefined {
  return explainTrouble(
    {
      namespace: 'default',
      taskQueue: 'user-import',
      workers: [worker()],
      current: undefined,
      pinnedTo: undefined,
      failing: undefined,
      refusal: undefined,
      ...silence,
    },
    ownQueue,
  )?.join('\n');
}

describe('a workflow that does not answer', () => {
  it('has no worker: how to start one', () => {
    const text = explained({ workers: [] });
    expect(text).toContain('No worker runs for the task queue "user-import"');
    expect(text).toContain('Start one with: user-import worker');
    expect(text).not.toContain('TASK_QUEUE');
  });

  it('has no worker on its task queue, which is not that of the command: both are named', () => {
    const text = explained({ workers: [], taskQueue: 'staging' });
    expect(text).toContain('No worker runs for the task queue "staging"');
    expect(text).toContain('This command has TASK_QUEUE "user-import".');
    expect(text).toContain('TASK_QUEUE=staging user-import worker');
  });

  it('has workers whose tasks fail: the reason, in a line, without addresses or orders to a terminal', () => {
    const reason = `[TMPRL1100] no \u001b[31m match for <bob@example.com>\nat /secret/path`;
    const text = explained({ failing: { attempts: 7, reason } });
    expect(text).toContain(
      'fails: [TMPRL1100] no \\u{1b}[31m match for <…@…> (attempt 7).\nNothing is lost',
    );
    expect(text).not.toContain('secret');
    expect(explained({ failing: { attempts: 2, reason: 'x'.repeat(9_000) } })!.length).toBeLessThan(
      800,
    );
  });

  it('has workers that cannot replay it when they are asked', () => {
    expect(explained({ refusal: 'it is broken' })).toContain('cannot run it: it is broken');
  });

  it('belongs to another version than that of the workers: both are named', () => {
    const text = explained({ workers: [worker(NEW)], current: NEW, pinnedTo: OLD });
    expect(text).toContain('It belongs to the workers of version v1 (imports)');
    expect(text).toContain('those that run are of version v2 (imports)');
  });

  it('has no worker, and needs one of a version: its settings, and that it has to be that release', () => {
    expect(explained({ workers: [], pinnedTo: OLD, current: NEW })).toContain(
      'Start one of version v1 (imports) with: WORKER_DEPLOYMENT_NAME=imports WORKER_BUILD_ID=v1 user-import worker',
    );
    expect(explained({ workers: [], current: NEW })).toContain(
      'WORKER_DEPLOYMENT_NAME=imports WORKER_BUILD_ID=v2 user-import worker',
    );
  });

  it('waits for the current version, and only others run', () => {
    expect(explained({ workers: [worker(NEW)] })).toContain(
      'Its tasks go to workers of no version, and none of them runs; those that run are of version v2 (imports).',
    );
    const text = explained({ workers: [worker()], current: NEW });
    expect(text).toContain('go to workers of version v2 (imports)');
    expect(text).toContain('--deployment-name imports --build-id … (--unversioned: ');
  });

  it.each([
    ['workers of its version run', { workers: [worker(OLD), worker(NEW)], pinnedTo: OLD }],
    ['workers of the current version run', { workers: [worker(NEW)], current: NEW }],
    ['Temporal does not tell of its workers', { workers: undefined }],
  ])('is not known to be in trouble while %s', (_, silence) => {
    expect(explained(silence)).toBeUndefined();
  });
});
