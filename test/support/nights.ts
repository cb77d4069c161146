/**
 * The same file every night, told without the program: which users Kratos must have after a night follows here from the
 * users before it, the file and the rules. Nothing of src is imported, so that both can be wrong only separately.
 */
import type { Chance } from './chance.js';

/** A person as the file of a source has them. */
export interface Row extends Fields {
  /** Empty: the person is known by the address alone. */
  oldId: string;
  password?: string;
  action?: 'create' | 'update' | 'skip' | 'deactivate' | 'delete';
}

interface Fields {
  address: string;
  name: string;
  tenant: string;
}
const FIELDS = ['address', 'name', 'tenant'] as const;

/** A user of Kratos. */
export interface Account extends Fields {
  /** Once Kratos has given one; it never changes. */
  id?: string;
  oldId: string;
  isActive: boolean;
  /** What programs other than the import keep with the user. */
  notes?: Record<string, unknown>;
  /** The source that the user belongs to, and what it knows of them; none for users whom no source has. */
  of?: {
    source: string;
    /** The address of the row that was applied last. */
    key: string;
    /** What the source found right, or made so, last. */
    left: Fields;
    /** It is the source that has taken the user's access away. */
    hasBlocked: boolean;
  };
}
export type Users = readonly Account[];

export interface Rules {
  source: string;
  onDrift: 'overwrite' | 'keep';
  /** Users who are in no source are taken into this one. */
  adopt?: boolean;
}

/** What a report must say of a night; rows and leavers together. */
interface Told {
  new: number;
  /** Also the adopted. */
  changed: number;
  unchanged: number;
  left: number;
  returned: number;
  drifted: number;
  adopted: number;
  failed: number;
  leftAlone: number;
  skipped: number;
}

export interface Night {
  users: Users;
  told: Told;
  /** Users as they were before, in the order of the users. */
  leavers: Account[];
}

/** One night in which nobody stands in the way. The users that it gets stay as they are. */
export function night(users: Users, file: readonly Row[], rules: Rules): Night {
  const told: Told = {
    ...{ new: 0, changed: 0, unchanged: 0, left: 0, returned: 0 },
    ...{ drifted: 0, adopted: 0, failed: 0, leftAlone: 0, skipped: 0 },
  };
  const found = new Lookup(users, rules.source);
  const after = new Map<Account, Account | undefined>();
  const born: Account[] = [];
  const present = new Set<Account>();

  for (const row of file) {
    const user = found.of(row);
    if (user) present.add(user);
    const isTaken = (found.holder(row.address) ?? user) !== user;
    if (row.action === 'skip' || (row.action === 'create' && user)) told.skipped++;
    else if (row.action === 'deactivate' || row.action === 'delete') {
      if (!user) told.unchanged++;
      else if (user.of?.source !== rules.source) told.leftAlone++;
      else if (row.action === 'deactivate' && !mayBlock(user, rules)) told.unchanged++;
      else {
        after.set(user, row.action === 'delete' ? undefined : blocked(user));
        told.left++;
      }
    } else if (!user && row.action === 'update') told.leftAlone++;
    else if (!user) {
      if (isTaken) told.failed++;
      else {
        born.push(newAccount(row, rules.source));
        told.new++;
      }
    } else if (user.of && user.of.source !== rules.source) told.leftAlone++;
    else {
      const { account, is } = applied(user, row, rules);
      if (isTaken && account.address === row.address) told.failed++;
      else {
        after.set(user, account);
        for (const what of is) told[what]++;
      }
    }
  }
  const leavers = users.filter(
    (user) => user.of?.source === rules.source && !present.has(user) && mayBlock(user, rules),
  );
  for (const user of leavers) after.set(user, blocked(user));
  told.left += leavers.length;
  const kept = users.flatMap((user) => (after.has(user) ? (after.get(user) ?? []) : user));
  return { users: [...kept, ...born], told, leavers };
}

/** Why a night must wait for somebody before it changes anything. */
export function whyItWaits(
  users: Users,
  file: readonly Row[],
  rules: Rules & { atMost: number; rowsBefore: number | undefined },
): ('adoption' | 'too_many' | 'file_shrank')[] {
  const { source, atMost, rowsBefore = 0 } = rules;
  const { told } = night(users, file, rules);
  const scope = users.filter((user) => user.isActive && user.of?.source === source).length;
  return [
    ...(told.adopted > 0 ? (['adoption'] as const) : []),
    ...(told.left > atMost * scope ? (['too_many'] as const) : []),
    ...(file.length < rowsBefore * (1 - atMost) ? (['file_shrank'] as const) : []),
  ];
}

/** Users by what a row may know them by. */
class Lookup {
  private readonly byOldId = new Map<string, Account>();
  private readonly byKey = new Map<string, Account>();
  private readonly byAddress = new Map<string, Account>();

  constructor(users: Users, source: string) {
    for (const user of users) {
      if (user.oldId !== '') this.byOldId.set(user.oldId, user);
      if (user.of?.source === source) this.byKey.set(user.of.key, user);
      this.byAddress.set(user.address, user);
    }
  }

  of(row: Row): Account | undefined {
    const isOther = (user: Account): boolean =>
      row.oldId !== '' && user.oldId !== '' && user.oldId !== row.oldId;
    const known = [this.byKey.get(row.address), this.byAddress.get(row.address)];
    return this.byOldId.get(row.oldId) ?? known.find((user) => user && !isOther(user));
  }

  holder(address: string): Account | undefined {
    return this.byAddress.get(address);
  }
}

function newAccount({ oldId, address, name, tenant }: Row, source: string): Account {
  const left = { address, name, tenant };
  return { ...left, oldId, isActive: true, of: { source, key: address, left, hasBlocked: false } };
}

/** What somebody let in again by hand is a drift of the access. */
function mayBlock({ isActive, of }: Account, { onDrift }: Rules): boolean {
  return isActive && !(of?.hasBlocked === true && onDrift === 'keep');
}

function blocked(user: Account): Account {
  return { ...user, isActive: false, of: { ...user.of!, hasBlocked: true } };
}

/** A user of this source, or of none, as a row wants them. */
function applied(
  user: Account,
  row: Row,
  { source, onDrift, adopt = false }: Rules,
): { account: Account; is: (keyof Told)[] } {
  const account: Account = { ...user, oldId: row.oldId === '' ? user.oldId : row.oldId };
  const left: Fields = { address: row.address, name: row.name, tenant: row.tenant };
  let isDrifted = false;
  for (const field of FIELDS) {
    const byHand = user.of !== undefined && user[field] !== user.of.left[field];
    const isDrift = byHand && user[field] !== row[field];
    isDrifted ||= isDrift;
    if (isDrift && onDrift === 'keep') left[field] = user.of!.left[field];
    else account[field] = row[field];
  }
  const isReturning = user.of?.hasBlocked === true && !user.isActive;
  if (isReturning) account.isActive = true;
  if (user.of || adopt) account.of = { source, key: row.address, left, hasBlocked: false };
  const isAdopted = !user.of && adopt;
  const differs =
    user.oldId !== account.oldId || FIELDS.some((field) => user[field] !== account[field]);
  return {
    account,
    is: [
      isReturning ? 'returned' : differs || isAdopted ? 'changed' : 'unchanged',
      ...(isDrifted ? (['drifted'] as const) : []),
      ...(isAdopted ? (['adopted'] as const) : []),
    ],
  };
}

/** The people of a source from night to night, as its own system knows them. */
export class Roster {
  private people: Row[];
  private gone: Row[] = [];
  /** Who has had their event of this night. */
  private busy = new Set<Row>();
  private numbers = 0;

  /** @param withoutOldId one person in so many has no old id */
  constructor(
    private readonly chance: Chance,
    count: number,
    private readonly withoutOldId: number,
  ) {
    this.people = Array.from({ length: count }, () => this.newPerson());
  }

  /** The file of this night. */
  get rows(): readonly Row[] {
    return this.people;
  }

  /** A new night begins. */
  rest(): void {
    this.busy = new Set();
  }

  add(rows: readonly Row[]): void {
    this.people.push(...rows);
  }

  /** A night with a bit of everything. */
  passAnyNight(): void {
    const some = (): number => 5 + this.chance.below(16);
    this.rest();
    this.leave(some());
    this.return(some());
    this.change(some(), (row) => ({ ...row, tenant: this.tenantBut(row.tenant) }));
    this.change(some(), (row) => ({ ...row, name: `${row.name}!` }));
    this.change(some(), (row) => ({ ...row, address: this.newAddress() }));
    this.change(5, (row) => ({ ...row, address: this.newAddress(), name: `${row.name}?` }));
    this.join(some());
  }

  join(count: number): Row[] {
    const joining = Array.from({ length: count }, () => this.newPerson());
    this.people.push(...joining);
    for (const row of joining) this.busy.add(row);
    return joining;
  }

  leave(count: number): Row[] {
    return this.remove(this.some(count));
  }

  remove(leaving: readonly Row[]): Row[] {
    this.people = this.people.filter((row) => !leaving.includes(row));
    this.gone.push(...leaving);
    return [...leaving];
  }

  /** Some who left on an earlier night, and those who are named and have not returned yet. */
  return(count: number, named: readonly Row[] = []): Row[] {
    const able = this.gone.filter((row) => !this.busy.has(row) && row.password === undefined);
    const chosen = this.chance.shuffled(able).slice(0, count);
    const back = [...new Set([...named.filter((row) => this.gone.includes(row)), ...chosen])];
    this.gone = this.gone.filter((row) => !back.includes(row));
    this.people.push(...back);
    for (const row of back) this.busy.add(row);
    return back;
  }

  /** @returns the rows of those whom it has changed, as they are now */
  change(count: number | readonly Row[], how: (row: Row) => Row): Row[] {
    const rows = typeof count === 'number' ? this.some(count) : count;
    return rows.map((row) => {
      const changed = how(row);
      this.people[this.people.indexOf(row)] = changed;
      this.busy.add(changed);
      return changed;
    });
  }

  /** Some of the file with whom nothing has happened tonight. */
  some(count: number): Row[] {
    const able = this.people.filter((row) => !this.busy.has(row) && row.password === undefined);
    const chosen = this.chance.shuffled(able).slice(0, count);
    for (const row of chosen) this.busy.add(row);
    return chosen;
  }

  newAddress(): string {
    return `person-${++this.numbers}@${this.chance.pick(['example.com', 'example.org'])}`;
  }

  private newPerson(): Row {
    const address = this.newAddress();
    const hasOldId = this.numbers % this.withoutOldId !== 0;
    return {
      oldId: hasOldId ? `hr-${this.numbers}` : '',
      address,
      name: `${this.chance.pick(NAMES)} ${this.numbers}`,
      tenant: this.chance.pick(TENANTS),
    };
  }

  private tenantBut(tenant: string): string {
    return this.chance.pick(TENANTS.filter((other) => other !== tenant));
  }
}

export const TENANTS = ['t1', 't2', 't3'];
const NAMES = ['Ada', 'Zoë', "O'Neil", 'Hopper, Rear Admiral', '"Kit"', '林', 'Ján'];

/** The file as text; with a column of actions where a row has one. */
export function csvOfRows(rows: readonly Row[]): string {
  const hasActions = rows.some(({ action }) => action !== undefined);
  const header = ['old_id', 'email', 'first_name', 'initial_password', 'tenant_id'];
  const lines = rows.map(({ oldId, address, name, password = '', tenant, action = '' }) =>
    [oldId, address, name, password, tenant, ...(hasActions ? [action] : [])].map(cell).join(','),
  );
  return [[...header, ...(hasActions ? ['action'] : [])].join(','), ...lines, ''].join('\n');
}

function cell(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
