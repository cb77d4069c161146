/** The samples of test/fixtures/exports: invented people as the products export them, and what is to become of each. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { PresetName } from '../../src/contract/import/preset-names.js';
import type { RowCode } from '../../src/contract/codes.js';
import { allIdentities, canLogIn } from './identities.js';
import { table, type Imports } from './imports.js';
import type { World } from './world.js';

const FOLDER = path.join(import.meta.dirname, '../fixtures/exports');

/** Firebase's parameters of the sample, as its console shows them. */
export const FIREBASE_PARAMETERS = path.join(FOLDER, 'firebase-parameters.txt');

interface Person {
  /** The old password, where it is to work. */
  password?: string;
  /** A social sign-in that comes along. */
  signIn?: string;
  state?: 'inactive';
  verified?: true;
  /** Why the person's row is refused. */
  codes?: RowCode[];
}

/** By address; a person without one has an empty one. */
export async function peopleOf(source: PresetName): Promise<Record<string, Person>> {
  const all = JSON.parse(await readFile(path.join(FOLDER, 'people.json'), 'utf8')) as Record<
    string,
    Record<string, Person>
  >;
  return all[source]!;
}

/**
 * Imports the sample of a product with `from`, and compares every person with what Kratos then has: who is there, who is
 * blocked, whose address is verified, who gets in with the old password, and who is to be invited.
 */
export async function importExport(
  world: World,
  imports: Imports,
  source: PresetName,
  input: Record<string, unknown> = {},
): Promise<void> {
  const file = `${source}.csv`;
  await imports.write(file, await readFile(path.join(FOLDER, file)));
  const onInvalid = 'import-valid';
  const { folder } = await imports.run(source, { file, from: source, onInvalid, ...input });

  const people = await peopleOf(source);
  const results = await table(folder, 'results.csv');
  const all = await allIdentities(world.kratos.adminUrl);
  const stored = new Map(all.map((identity) => [identity.id, identity]));
  const found: Record<string, unknown> = {};
  for (const { email = '', outcome, identity_id, invitation, code } of results) {
    if (outcome !== 'created') {
      found[email.toLowerCase()] = { codes: [code] };
      continue;
    }
    const { state, verifiable_addresses = [] } = stored.get(identity_id!)!;
    const address = email.toLowerCase();
    found[address] = {
      state,
      verified: verifiable_addresses.some(({ verified }) => verified),
      invitation,
      getsIn: await getsIn(world, address, people[address]?.password),
    };
  }
  expect(found).toEqual(Object.fromEntries(Object.entries(people).map(expected)));
}

function expected([address, person]: [string, Person]): [string, unknown] {
  const { password, signIn, state = 'active', verified = false, codes } = person;
  if (codes) return [address, { codes }];
  const isBlocked = state === 'inactive';
  const invitation = password === undefined && signIn === undefined ? 'due' : 'none';
  return [
    address,
    {
      state,
      verified,
      // Somebody who is blocked may have a password all the same.
      invitation: isBlocked ? (expect.anything() as unknown) : invitation,
      getsIn: password !== undefined,
    },
  ];
}

async function getsIn(
  world: World,
  address: string,
  password = 'correct-horse-7',
): Promise<boolean> {
  const { publicUrl } = world.kratos;
  expect(await canLogIn(publicUrl, address, `${password}!`)).toBe(false);
  return canLogIn(publicUrl, address, password);
}
