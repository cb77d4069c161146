import { describe, expect, it } from 'vitest';
import type { ExpectedUpdates } from '../../../src/contract/import/effects.js';
import { expectUpdates } from '../../../src/import/expect-updates.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { identityOf } from '../../support/candidates.js';
import { hintAt } from '../../support/existing-user-hints.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';
import { night, planNight } from '../../support/source-runs.js';

const FILE = `email,role,state
new@example.com,admin,
ann@example.com,admin,
not valid,admin,
ben@example.com,user,
cleo@example.com,admin,active
`;

async function expectedOf(looksUp: boolean, hintedLines: number[] = []) {
  const kratos = new KratosInMemory();
  const ids = new Map(
    (['ann', 'ben', 'cleo'] as const).map((name, i) => {
      const state = name === 'cleo' ? 'inactive' : 'active';
      const id = kratos.store({
        ...identityOf({ email: `${name}@example.com`, role: 'user' }),
        state,
      });
      return [[3, 5, 6][i]!, id];
    }),
  );
  const input = { mode: 'update', onInvalid: 'import-valid', chunkSize: 2 };
  const run = await PlannedRun.of(FILE, { kratos, input });
  const hints = [...ids].filter(([line]) => hintedLines.includes(line));
  await hintAt(run, new Map(hints));
  const before = structuredClone(kratos.identities);
  let chunks = 0;
  const expected = await expectedIn(run, kratos, looksUp ? 200 : 0, () => chunks++);
  expect(kratos.identities).toEqual(before);
  expect(chunks).toBe(3);
  return { expected, requests: kratos.requests };
}

function expectedIn(
  run: PlannedRun,
  kratos: KratosInMemory,
  lookUps: number,
  onChunk: () => void = () => undefined,
): Promise<ExpectedUpdates> {
  return expectUpdates(
    {
      importRoot: run.root,
      kratos,
      passwords: { hash: () => Promise.reject(new Error('hashed')), bcryptCost: 4 },
      now: () => new Date(),
    },
    { run: run.run, folder: run.folder, plan: run.plan, checkRow: createRowCheck(run.plan) },
    { mode: 'update', lookUps, signal: new AbortController().signal },
    onChunk,
  );
}

describe('what a source is about to do', () => {
  it('is told without a look at settled rows, and of no row that is left out', async () => {
    const kratos = new KratosInMemory();
    const header = 'email,role,action\n';
    const people = ['ann', 'ben', 'cid'].map((name) => `${name}@example.com`);
    await night(kratos, 1, `${header}${people.map((email) => `${email},user,\n`).join('')}`);
    const rows = [`${people[0]},admin,`, `${people[1]},user,`, `${people[2]},user,`];
    const more = [`${people[0]}.uk,,update`, 'fay@example.com,,skip'];
    const file = `${header}${[...rows, ...more].join('\n')}\n`;
    const run = await planNight(kratos, 2, file, { chunkSize: 2 });
    const asked: string[] = [];
    const find = kratos.findByIds.bind(kratos);
    kratos.findByIds = (ids) => {
      asked.push(...ids);
      return find(ids);
    };
    expect(await expectedIn(run, kratos, 200)).toMatchObject({
      known: 1,
      updated: 1,
      leftAlone: 1,
    });
    expect(asked).toEqual([kratos.byEmail(people[0]!)![0]]);
  });
});

describe('what an update is about to do', () => {
  it('is told of all users where few rows are looked up', async () => {
    const { expected } = await expectedOf(true);
    expect(expected).toEqual({
      known: 3,
      updated: 1,
      leftAlone: 1,
      effects: { kinds: {}, roles: [{ from: 'user', to: 'admin', count: 1, lines: [3] }] },
      sample: [
        {
          line: 3,
          identityId: expect.any(String) as string,
          fields: [{ path: 'traits.role', from: 'user', to: 'admin' }],
        },
      ],
    });
  });

  it('is told of users who are known by a hint, without a look-up', async () => {
    const { expected, requests } = await expectedOf(false, [3, 5]);
    expect(expected).toMatchObject({ known: 2, updated: 1, leftAlone: 0 });
    expect(requests.findByIdentifier).toBe(0);
  });

  it('is not known without hints', async () => {
    expect((await expectedOf(false)).expected).toMatchObject({ known: 0, updated: 0 });
  });
});
