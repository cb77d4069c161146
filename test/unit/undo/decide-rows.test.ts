/** How the users of a group are read: by one request where that shows them, alone where it does not. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { KratosError } from '../../../src/kratos/kratos.js';
import { readUndoLedger } from '../../../src/store/undo-ledger.js';
import { decideRows } from '../../../src/undo/decide-rows.js';
import { turnsOfRequests } from '../../../src/flow-control/turns.js';
import { readUndoRows } from '../../../src/undo/undo-rows.js';
import { attempt } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';

/** Some imported users, and what is decided of them. */
async function imported(names: string[]) {
  const kratos = new KratosInMemory();
  const emails = names.map((name) => `${name}@example.com`);
  const run = await PlannedRun.of(['email', ...emails, ''].join('\n'), { kratos });
  await attempt(run, kratos);
  const task = { run: RUN, undo: { workflowId: 'undo-1', runId: randomUUID() } };
  const chunk = { ...(await run.chunk(1)), ...task, actor: 'alice', force: false };
  const [rows, ledger] = [await readUndoRows(chunk), await readUndoLedger(chunk)];
  const alone: string[] = [];
  const get = kratos.get.bind(kratos);
  const getListed = kratos.getListed.bind(kratos);
  kratos.get = (id) => {
    alone.push(id);
    return get(id);
  };
  kratos.getListed = (ids) => getListed(ids).finally(() => alone.splice(0));
  const decide = () => decideRows({ kratos, turns: turnsOfRequests() }, chunk, rows, ledger);
  return { kratos, ids: rows.map(({ identityId }) => identityId), alone, decide };
}

it('by one request', async () => {
  const { kratos, ids, alone, decide } = await imported(['ann', 'ben', 'cyd']);
  kratos.sessions.add(ids[1]!);
  expect(await decide()).toEqual([
    { do: 'delete' },
    { do: 'keep', reason: 'logged_in' },
    { do: 'delete' },
  ]);
  expect(alone).toEqual([]);
});

it('alone where the list lacks them: only then are they gone', async () => {
  const { kratos, ids, alone, decide } = await imported(['ann', 'ben', 'cyd']);
  kratos.identities.delete(ids[0]!);
  const getListed = kratos.getListed.bind(kratos);
  kratos.getListed = async (all) => (await getListed(all)).filter(({ id }) => id !== ids[2]);
  expect(await decide()).toEqual([{ do: 'already-deleted' }, { do: 'delete' }, { do: 'delete' }]);
  expect(alone).toEqual([ids[0], ids[2]]);
});

it.each(['refused', 'broken'] as const)('alone where Kratos has %s the list', async (kind) => {
  const { kratos, ids, alone, decide } = await imported(['ann', 'ben']);
  kratos.getListed = () => Promise.reject(new KratosError(kind, 'x'));
  expect(await decide()).toEqual([{ do: 'delete' }, { do: 'delete' }]);
  expect(alone).toEqual(ids);
});

it('no longer, once Kratos takes no requests', async () => {
  const { kratos, decide } = await imported(Array.from({ length: 12 }, (_, i) => `user${i}`));
  let asked = 0;
  kratos.hasSessions = () => {
    asked++;
    return Promise.reject(new KratosError('unavailable', 'x'));
  };
  await expect(decide()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(asked).toBeLessThan(12);
});
