/**
 * What the changes of existing users mean beyond other values: who may do what, who gets in, who gets mail. Counted
 * wherever an operator looks before and after an update.
 */
import { formatNumber } from '../../format.js';
import type { ChangedRow } from './changed-rows.js';
import { addCodes, countCode, NO_ROLE, type CodeCount, type Findings } from '../findings.js';

export const CHANGE_KINDS = [
  'activated',
  'deactivated',
  'address',
  'identifier',
  'cleared',
  'password',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A role that is none of the import's: in Kratos it may be any value, which no report and no event holds. */
export const OTHER_ROLE = '(other)';

interface RoleStep {
  /** `(none)` for users without a role, `(other)` for a role that is none of the import's. */
  from: string;
  to: string;
}

/** Of one user. */
export interface Effects {
  kinds: ChangeKind[];
  roles: RoleStep[];
}

export interface RoleChange extends RoleStep, CodeCount {}

/** Of all users, each with the lines of their rows. */
export interface EffectCounts {
  kinds: Partial<Record<ChangeKind, CodeCount>>;
  roles: RoleChange[];
}

/** More pairs of roles than this are counted as one from and to `(other)`, so that they fit into a history. */
const MOST_PAIRS = 50;

/** @returns undefined when no row has any */
export function countEffects(
  rows: Iterable<{ line: number; effects?: Effects | undefined }>,
): EffectCounts | undefined {
  const counts: EffectCounts = { kinds: {}, roles: [] };
  for (const { line, effects } of rows) {
    for (const kind of effects?.kinds ?? []) countCode(counts.kinds, kind, line);
    for (const role of effects?.roles ?? [])
      addRole(counts.roles, { ...role, count: 1, lines: [line] });
  }
  const { kinds, roles } = counts;
  return roles.length > 0 || Object.keys(kinds).length > 0 ? counts : undefined;
}

/** Adds up what two parts of a file have. */
export function addEffects(
  a: EffectCounts | undefined,
  b: EffectCounts | undefined,
): EffectCounts | undefined {
  if (!a || !b) return a ?? b;
  const roles = a.roles.map((role) => ({ ...role }));
  for (const role of b.roles) addRole(roles, role);
  return { kinds: addCodes(a.kinds, b.kinds), roles };
}

function addRole(roles: RoleChange[], { from, to, ...added }: RoleChange): void {
  const known = roles.find((role) => role.from === from && role.to === to);
  if (known) Object.assign(known, addCodes({ role: known }, { role: added }).role);
  else if (roles.length < MOST_PAIRS || from === OTHER_ROLE) roles.push({ from, to, ...added });
  else addRole(roles, { from: OTHER_ROLE, to: OTHER_ROLE, ...added });
}

export const CHANGES: Record<ChangeKind, string> = {
  activated: 'blocked users made active',
  deactivated: 'users blocked',
  address: 'addresses changed',
  identifier: 'identifiers changed',
  cleared: 'users who lose a value',
  password: 'passwords set',
};

const MOST_ROLES = 5;

/** `role user to admin: 3`, the most frequent first; empty when there is nothing to tell. */
export function describeEffects(effects: EffectCounts | undefined): string[] {
  if (!effects) return [];
  const roles = [...effects.roles].sort((a, b) => b.count - a.count);
  const more = roles.slice(MOST_ROLES).reduce((sum, { count }) => sum + count, 0);
  return [
    ...roles
      .slice(0, MOST_ROLES)
      .map(({ from, to, count }) => `role ${from} to ${to}: ${formatNumber(count)}`),
    ...(more > 0 ? [`other roles: ${formatNumber(more)}`] : []),
    ...CHANGE_KINDS.flatMap((kind) => {
      const { count = 0 } = effects.kinds[kind] ?? {};
      return count > 0 ? [`${CHANGES[kind]}: ${formatNumber(count)}`] : [];
    }),
  ];
}

/** Users who get another role, by the roles. */
export interface RoleCount extends RoleStep {
  count: number;
}

/** `3 users got another role: user -> admin 2, user -> support 1`; undefined where nobody's role changes. */
export function describeRoleChanges(
  roles: readonly RoleCount[],
  verb: 'got' | 'get' | 'would get',
): string | undefined {
  const total = roles.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const sorted = [...roles].sort((a, b) => b.count - a.count);
  const steps = sorted
    .slice(0, MOST_ROLES)
    .map(({ from, to, count }) => `${from} -> ${to} ${formatNumber(count)}`);
  const more = sorted.slice(MOST_ROLES).reduce((sum, { count }) => sum + count, 0);
  const others = more > 0 ? [`other roles ${formatNumber(more)}`] : [];
  const isOne = total === 1;
  const gets = verb === 'get' && isOne ? 'gets' : verb;
  return `${formatNumber(total)} ${isOne ? 'user' : 'users'} ${gets} another role: ${[...steps, ...others].join(', ')}`;
}

/** A role as reports and events name it, or a tenant: one that is none of the import's may be any value. */
export function knownName(name: unknown, known: ReadonlySet<string>): string {
  if (name === undefined || name === null || name === '') return NO_ROLE;
  return typeof name === 'string' && known.has(name) ? name : OTHER_ROLE;
}

/** What an update would do to the users of whom it was known that they exist, when the file was validated. */
export interface ExpectedUpdates {
  /** Rows whose user was known to exist; 0 where only a live dry run can tell. */
  known: number;
  updated: number;
  leftAlone: number;
  effects?: EffectCounts | undefined;
  /** Set where no more than so many rows were looked up. */
  firstRows?: number | undefined;
  /** Some of the rows whose user would be updated. */
  sample?: ChangedRow[] | undefined;
}

/** What validation found. */
export interface PlanFindings extends Findings {
  /** Only where existing users may be changed. */
  expected?: ExpectedUpdates | undefined;
}

/** `40 updated (role user to admin: 3), 2 left alone`. */
export function describeUpdates(
  updated: string,
  leftAlone: number,
  effects: EffectCounts | undefined,
): string {
  const told = describeEffects(effects);
  const what = told.length > 0 ? ` (${told.join(', ')})` : '';
  const left = leftAlone > 0 ? `, ${formatNumber(leftAlone)} left alone` : '';
  return `${updated}${what}${left}`;
}

/** A sentence for whoever decides whether existing users may be updated. */
export function describeExpected(expected: ExpectedUpdates | undefined): string {
  if (!expected || expected.known === 0) {
    return 'What would change of existing users, a live dry run tells.';
  }
  const { known, updated, leftAlone, effects, firstRows } = expected;
  const change = describeUpdates(`${formatNumber(updated)} would be updated`, leftAlone, effects);
  return firstRows === undefined
    ? `Existing users known so far: ${formatNumber(known)}; ${change}.`
    : `Existing users among the first ${formatNumber(firstRows)} rows: ${formatNumber(known)}; ${change}. Of all rows a live dry run tells.`;
}
