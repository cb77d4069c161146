/** The undo of a chunk whose worker is being ended in the middle of it. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { HandedBackError } from '../../../src/contract/errors.js';
import { INITIAL_LIMIT } from '../../../src/flow-control/adaptive-limit.js';
import { AdaptiveSemaphore } from '../../../src/flow-control/adaptive-semaphore.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { RetryAfterGate } from '../../../src/kratos/retry-after-gate.js';
import { readUndoLedger } from '../../../src/store/undo-ledger.js';
import { undoChunk } from '../../../src/undo/undo-chunk.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';

const PEOPLE = ['ann', 'ben', 'cyd', 'dan'];

it('waits for the requests that are with Kratos, and writes down what they did', async () => {
  const kratos = new KratosInMemory();
  const emails = PEOPLE.map((name) => `${name}@example.com`);
  const run = await PlannedRun.of(['email', ...emails, ''].join('\n'), { kratos });
  await attempt(run, kratos);
  const task = { run: RUN, undo: { workflowId: 'undo-1', runId: randomUUID() } };
  const chunk = { ...(await run.chunk(1)), ...task, actor: 'alice', force: false };
  const turns = new AdaptiveSemaphore({ ...INITIAL_LIMIT, limit: PEOPLE.length });
  const deps = { kratos, retryAfter: new RetryAfterGate(), turns, now: () => NOW };
  const undo = (handBack?: AbortSignal) =>
    undoChunk({ ...deps, handBack }, chunk, {
      signal: new AbortController().signal,
      reportStall: () => undefined,
      isGivenUp: () => false,
    });

  const control = new AbortController();
  let removals = 0;
  const remove = kratos.remove.bind(kratos);
  kratos.remove = async (id) => {
    // The first is answered with an error that is tried again: not while the worker is being ended.
    if (++removals === 1) {
      control.abort(new HandedBackError('ended'));
      throw new KratosError('broken', 'x');
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
    return remove(id);
  };
  await expect(undo(control.signal)).rejects.toBeInstanceOf(HandedBackError);
  expect(kratos.identities.size).toBe(1);
  expect((await readUndoLedger(chunk)).entries.size).toBe(PEOPLE.length - 1);

  kratos.remove = remove;
  expect(await undo()).toMatchObject({ deleted: PEOPLE.length, kept: 0 });
  expect(kratos.identities.size).toBe(0);
});
