import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../support/candidates.js';
import { createUsers } from '../../support/existing-users.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const usedFor = (use: Record<string, unknown>) => ({
  type: 'string',
  format: 'email',
  'ory.sh/kratos': use,
});

/** Users sign in with their address, a user name or a phone; another address is for recovery alone. */
const MANY = schemaOf({
  username: USERNAME_TRAIT,
  phone: PHONE_TRAIT,
  backup: usedFor({ recovery: { via: 'email' } }),
});
/** Users sign in with a user name; their address is verified, and finds nobody. */
const NAMES = schemaOf({
  email: usedFor({ verification: { via: 'email' } }),
  username: USERNAME_TRAIT,
});

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { many: MANY.json, names: NAMES.json } });
  all = await imports(world);
  await startWorker(world);
  const { adminUrl } = world.kratos;
  const many = [
    { email: 'holder@example.com', username: 'Anna', phone: '+491702345671' },
    { email: 'holder2@example.com', username: 'Bo', phone: '+491702345672' },
    { email: 'holder3@example.com', backup: 'backup3@example.com' },
    { email: 'holder4@example.com', backup: 'backup4@example.com' },
    { email: 'holder5@example.com', username: 'zoe\u0301' },
    { email: 'rene\u0301@example.com' },
    { email: 'ada@example.com', username: 'ada' },
    { email: 'bea@example.com', username: 'bea' },
    { email: 'fay@example.com', username: 'fay' },
  ];
  const names = [
    { email: 'Cy@example.com', username: 'cy' },
    { email: 'gus@example.com', username: 'gus' },
  ];
  await createUsers(
    adminUrl,
    'many',
    many.map((traits) => ({ traits })),
    'old password',
  );
  await createUsers(
    adminUrl,
    'names',
    names.map((traits) => ({ traits })),
    'old password',
  );
});

afterAll(() => world.close());

const COLUMNS = { username: 'traits.username', phone: 'traits.phone', backup: 'traits.backup' };

const MANY_CSV = `email,username,phone,backup
new1@example.com,ANNA,,
new2@example.com,,+49 (170) 234-5671,
new3@example.com,,,Backup3@example.com
backup4@example.com,,,
new4@example.com,holder@example.com,,
new5@example.com,zo\u00e9,,
ren\u00e9@example.com,,,
ada@example.com,ada2,,
bea@example.com,bo ,,
fay@example.com,fay,+49 170 2345672,
fine@example.com,fine,+491702345679,fine2@example.com
`;
const NAMES_CSV = `email,username
cy@example.com,cyril
gus2@example.com,Gus
eve@example.com,eve
`;

const CONFLICT = 'failed identifier_conflict';

describe.each([
  {
    schemaId: 'many',
    content: MANY_CSV,
    skip: [
      ...Array<string>(6).fill(CONFLICT),
      'skipped',
      'skipped',
      'skipped',
      'skipped',
      'created',
    ],
    update: [
      ...Array<string>(6).fill(CONFLICT),
      'unchanged',
      'updated',
      CONFLICT,
      CONFLICT,
      'unchanged',
    ],
  },
  {
    schemaId: 'names',
    content: NAMES_CSV,
    skip: ['skipped', CONFLICT, 'created'],
    update: ['updated', CONFLICT, 'unchanged'],
  },
])('of users of the schema $schemaId', ({ schemaId, content, ...expected }) => {
  test.each(['skip', 'update'] as const)(
    'a live dry run says in %s mode what the import then does',
    async (mode) => {
      const file = `${schemaId}.csv`;
      await all.write(file, content);
      const columns = Object.fromEntries(
        Object.entries(COLUMNS).filter(([name]) => content.split('\n')[0]!.includes(name)),
      );
      const input = { file, schemaId, columns, mode, allow: [...EVERYTHING] };
      const dry = await all.run(`${schemaId}-${mode}-dry`, { ...input, dryRun: 'live' });
      const real = await all.run(`${schemaId}-${mode}`, input);
      const [foreseen, done] = [await outcomes(dry.folder), await outcomes(real.folder)];
      expect(done).toEqual(expected[mode]);
      expect(foreseen).toEqual(done.map((outcome) => FORESEEN[outcome] ?? outcome));
    },
  );
});

const FORESEEN: Record<string, string> = {
  created: 'would_create',
  updated: 'would_update',
  skipped: 'would_skip',
};

async function outcomes(folder: string): Promise<string[]> {
  const results = await table(folder, 'results.csv');
  return results.map(({ outcome, code }) => `${outcome} ${code}`.trim());
}
