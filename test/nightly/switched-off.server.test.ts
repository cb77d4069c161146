import { afterEach, describe, expect, test } from 'vitest';
import { allIdentities } from '../support/identities.js';
import { imports, type Imports } from '../support/imports.js';
import { listOf, people } from '../support/people.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

let world: World;
let all: Imports;

afterEach(() => world.close());

const PEOPLE = people('switched-off.example.com', 3);

/** A world in which parts of recovery are off in Kratos, with a worker and a file. */
async function begin(switchedOff: WorldOptions['switchedOff'] = []): Promise<void> {
  world = await createWorld({ switchedOff });
  all = await imports(world);
  await startWorker(world);
  await all.write('people.csv', listOf(PEOPLE));
}

const importWith = (invitations: object) => ({ file: 'people.csv', invitations });

describe('where Kratos has', () => {
  test.each([
    ['link', 'code'],
    ['code', 'link'],
  ] as const)(
    'switched off recovery by %s, an import that needs it fails before any user is created',
    async (off, on) => {
      await begin([off]);
      for (const send of ['after-import', 'hold']) {
        const failure = await all.failure(`off-${send}`, importWith({ method: off, send }));
        expect(failure.type).toBe('PreflightFailed');
        expect(failure.message).toBe(
          `Kratos cannot make invitations by ${off}: selfservice.methods.${off}.enabled is not true in its configuration. Set it to true and restart Kratos, or start the import with "invitations" of "method":"${on}" or "send":"never".`,
        );
      }
      expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);

      const never = await all.run('never', importWith({ method: off, send: 'never' }));
      expect(never.rows).toMatchObject({ created: PEOPLE.length });
      const other = await all.run('other', importWith({ method: on, perMinute: 6000 }));
      expect(other.invitations).toMatchObject({ sent: PEOPLE.length, due: 0 });
    },
  );

  test('switched off recovery, only an import that never sends works', async () => {
    await begin(['recovery']);
    for (const method of ['link', 'code']) {
      const failure = await all.failure(`by-${method}`, importWith({ method }));
      expect(failure.type).toBe('PreflightFailed');
      expect(failure.message).toBe(
        `Kratos cannot make invitations by ${method}: selfservice.flows.recovery.enabled is not true in its configuration. Set it to true and restart Kratos, or start the import with "invitations" of "send":"never".`,
      );
    }
    expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
    const { rows } = await all.run('never', importWith({ send: 'never' }));
    expect(rows).toMatchObject({ created: PEOPLE.length });
  });

  test('everything switched on, an unknown time zone is refused before any user is created', async () => {
    await begin();
    const window = { from: '08:00', to: '18:00', timeZone: 'Europe/Berln' };
    const failure = await all.failure('zone', importWith({ window }));
    expect(failure.type).toBe('InvalidInput');
    expect(failure.message).toMatch(
      /^invitations\.window\.timeZone: got "Europe\/Berln"; allowed: /,
    );
    expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
  });
});
