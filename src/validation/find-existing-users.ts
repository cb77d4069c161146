/**
 * Which users of a file are in Kratos already, found out by listing where that is cheaper than looking each of them up:
 * Kratos takes as long for one look-up as for a page of sixty users. What is found is a hint, not a verdict: a chunk
 * reads these users again by their ids, and for every other row Kratos's answer to its create decides.
 */
import { addressPath, otherKeys, type ColumnMap } from '../identity/columns.js';
import { hiddenPaths, uniqueReader } from '../identity/identifiers.js';
import type { FoundIdentity } from '../identity/identity.js';
import { keysAt } from '../identity/keys.js';
import type { IdentityPage, Kratos } from '../kratos/kratos.js';
import type { IdentitySchema } from '../identity/schema.js';
import { isRowError } from '../kratos/retry-single-row.js';
import { writeExistingUsers } from '../store/existing-users.js';
import type { HintsFile } from '../store/plan.js';
import type { RunLayout } from '../store/run-layout.js';
import type { FileAddresses } from './file-addresses.js';

export type ListingApi = Pick<Kratos, 'findByIdentifier' | 'listPage'>;

/** Fewer are looked up sooner than it is found out whether listing would pay. */
const LEAST_ROWS = 200;

/** The file whose users are looked for. */
export interface WantedUsers {
  addresses: FileAddresses;
  map: ColumnMap;
  /** How many rows it has. */
  rows: number;
  /** Every schema of Kratos: users of all of them can be in a row's way. */
  schemas: IdentitySchema[];
  /** Whether the users in a row's way are wanted, too, who are not found by a look-up. */
  foreseesConflicts: boolean;
}

/**
 * Writes the hints of a validation, or none where listing does not pay.
 * @param onPage called after each page
 * @returns which files of hints there are
 * @throws KratosError
 */
export async function findExistingUsers(
  kratos: ListingApi,
  wanted: WantedUsers,
  { folder, validation }: { folder: RunLayout; validation: string },
  onPage: () => void,
): Promise<HintsFile[]> {
  const { addresses, rows } = wanted;
  const onlyListed = hasOnlyListed(wanted);
  if (rows < LEAST_ROWS && !onlyListed) return [];
  const first = await timed(() => kratos.listPage());
  if (!onlyListed && !(await paysOff(kratos, first, addresses.sample, rows))) return [];
  const linesOf = keyLines(wanted);
  const hiddenOf = hiddenReader(wanted);
  return writeExistingUsers(folder, validation, async (existing, inTheWay) => {
    for await (const user of listedUsers(kratos, onPage, first.result)) {
      const own = linesOf(user);
      for (const line of own) existing(line, user.id);
      for (const line of hiddenOf(user).flatMap((form) => addresses.linesOf(form))) {
        if (!own.includes(line)) inTheWay(line, user.id);
      }
    }
  });
}

/**
 * All users of Kratos.
 * @param onPage called after each page
 * @param first the first page, where it is there already
 */
export async function* listedUsers(
  kratos: Pick<ListingApi, 'listPage'>,
  onPage: () => void,
  first?: IdentityPage,
): AsyncGenerator<FoundIdentity> {
  for (let page = first ?? (await kratos.listPage()); ; page = await kratos.listPage(page.next)) {
    yield* page.users;
    onPage();
    if (page.next === undefined) return;
  }
}

/** Finds the lines whose key a user has. */
export function keyLines({ addresses, map }: WantedUsers): (user: FoundIdentity) => number[] {
  const others = new Set(otherKeys(map));
  return ({ fields }) =>
    map.keys.flatMap((place) =>
      keysAt(fields.traits, place).flatMap(({ form }) => {
        // A user name may look like the address of another user, whom only this list of users shows.
        const isUnsure = others.has(place) && form.includes('@');
        return isUnsure ? [] : (addresses.lineOf(form) ?? []);
      }),
    );
}

/** Whether users are wanted whom no look-up finds: by an address with which nobody signs in. */
function hasOnlyListed({ map, schemas, foreseesConflicts }: WantedUsers): boolean {
  const address = JSON.stringify(addressPath(map));
  const hidden = schemas.flatMap(hiddenPaths);
  return hidden.some((path) => foreseesConflicts || JSON.stringify(path) === address);
}

/** Reads the addresses that nobody else may have, and by which no look-up finds their user. */
export function hiddenReader({
  schemas,
  foreseesConflicts,
}: WantedUsers): (user: FoundIdentity) => string[] {
  if (!foreseesConflicts) return () => [];
  const readers = new Map(schemas.map((schema) => [schema.id, uniqueReader(schema)]));
  return ({ schemaId, fields }) => {
    const unique = readers.get(schemaId)?.(fields) ?? [];
    return unique.flatMap(({ form, foundBy }) => (foundBy ? [] : form));
  };
}

/** Whether all pages cost less than the look-ups that they spare, as far as a few of both can tell. */
async function paysOff(
  kratos: ListingApi,
  { result: { users, next }, ms }: Timed<IdentityPage>,
  sample: readonly string[],
  rows: number,
): Promise<boolean> {
  const pages = next === undefined ? 1 : estimateUsers(users.map(({ id }) => id)) / users.length;
  if (users.length === 0 || pages === Infinity || sample.length === 0) return false;
  const lookups = await timed(() =>
    Promise.all(sample.map((address) => findIfAllowed(kratos, address))),
  );
  const found = lookups.result.filter((user) => user !== undefined).length;
  return pages * ms < ((found * rows) / sample.length) * (lookups.ms / sample.length);
}

/** Undefined also for a look-up that is refused, which tells nothing of its user. */
async function findIfAllowed(
  kratos: ListingApi,
  address: string,
): Promise<FoundIdentity | undefined> {
  try {
    return await kratos.findByIdentifier(address);
  } catch (error) {
    if (!isRowError(error)) throw error;
    return undefined;
  }
}

/**
 * How many users there are, from the ids of a first page: they are random, so that a page which ends after a
 * hundredth of all possible ids holds about a hundredth of all users.
 * @returns Infinity when the page is not in the order of its ids
 */
export function estimateUsers(ids: string[]): number {
  const places = ids.map((id) => parseInt(id.slice(0, 8), 16) / 2 ** 32);
  const isSorted = places.every((place, i) => i === 0 || place >= places[i - 1]!);
  const last = places.at(-1) ?? 0;
  return isSorted && last > 0 ? ids.length / last : Infinity;
}

interface Timed<T> {
  result: T;
  ms: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const started = performance.now();
  const result = await work();
  return { result, ms: performance.now() - started };
}
