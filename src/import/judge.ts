/**
 * What becomes of an existing user whose row a source gives: a three-way merge, field by field, of what the row says,
 * what Kratos has, and what the source left there the last time.
 */
import type { LeftAloneCode, SourceCode } from '../contract/codes.js';
import type { RunRef } from '../contract/ids.js';
import type { Change } from '../contract/import/outcomes.js';
import type { ColumnMap } from '../identity/columns.js';
import { changesAt, differencesOf, fieldsAfter } from '../identity/differences.js';
import type { FoundIdentity, IdentityFields, ImportRow } from '../identity/identity.js';
import { fromPointer, valueAt } from '../identity/json-pointer.js';
import { markOf, type SourceMark } from '../identity/origin.js';
import { isDrifted, newMark } from '../identity/source-mark.js';
import { isTouchedSince } from '../identity/source-match.js';
import type { OpenRun } from '../store/open-run.js';
import type { PlanSource } from '../store/plan.js';
import type { Candidate } from './candidate.js';
import type { PermittedChanges } from './permitted-changes.js';

export interface Judgement {
  /** Of the user's fields, to be made; the mark is not among them. */
  changes: Change[];
  codes: SourceCode[];
  /** Why the user is left alone; empty where they are not. */
  refusals: LeftAloneCode[];
  /** As it must be afterwards; absent where the user is not in the source, and stays so. */
  mark?: SourceMark;
}

export interface JudgeRules {
  map: ColumnMap;
  permitted: PermittedChanges;
  source: PlanSource | undefined;
  by: RunBy;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
}

/** Who changes users, and when (ISO 8601). */
export interface RunBy {
  run: RunRef;
  actor: string;
  at: string;
}

export function byOf({ run, plan }: Pick<OpenRun, 'run' | 'plan'>, now: Date): RunBy {
  return { run, actor: plan.actor, at: now.toISOString() };
}

export function judge(
  candidate: Pick<Candidate, 'line' | 'importRow' | 'hasKey'>,
  user: FoundIdentity,
  rules: JudgeRules,
): Judgement {
  const { importRow: row } = candidate;
  const { map, permitted, source } = rules;
  const { fields } = user;
  const mark = source && markOf(fields.metadata_admin);
  if (mark && mark.name !== source.name) return leftAlone('other_source');

  // Whoever was found by another id than the key may have another key by now.
  const changesKey = source !== undefined && !candidate.hasKey(user);
  const differences = differencesOf(row, map, fields, { changesKey });
  if (!mark) {
    // Whoever was not found by validation is on no list that somebody has approved.
    const isListed = rules.existingIds.get(candidate.line) === user.id;
    const isAdopted = source?.adopt === true && isListed;
    return {
      changes: differences,
      codes: isAdopted ? ['adopted'] : [],
      refusals: permitted.refusals(differences),
      ...(isAdopted && { mark: adoptedMark(row, fieldsAfter(differences, fields), source, rules) }),
    };
  }

  const returns = isReturner(row, user, mark);
  if (returns && isTouchedSince(user, mark)) return leftAlone('blocked_since');
  const others = differences.filter(({ path }) => !(returns && path === STATE));
  const { made, kept, isOverwritten } = merge(others, fields, mark, rules);
  const changes = returns ? [...made, ...changesAt(STATE, fields, 'active')] : made;
  const codes: [SourceCode, boolean][] = [
    ['returned', returns],
    ['drift_kept', kept.length > 0],
    ['drift_overwritten', isOverwritten],
  ];
  return {
    changes,
    codes: codes.flatMap(([code, applies]) => (applies ? [code] : [])),
    // To activate whom the source has deactivated needs no permission.
    refusals: permitted.refusals(made),
    mark: nextMark(row, fieldsAfter(changes, fields), { mark, kept }, rules),
  };
}

const STATE = '/state';

function leftAlone(code: LeftAloneCode): Judgement {
  return { changes: [], codes: [], refusals: [code] };
}

function isReturner({ state }: ImportRow, { fields }: FoundIdentity, mark: SourceMark): boolean {
  return mark.deactivated !== undefined && fields.state === 'inactive' && state !== 'inactive';
}

interface Merged {
  made: Change[];
  /** Paths of fields that stay as somebody else has left them. */
  kept: string[];
  isOverwritten: boolean;
}

/**
 * What differs since the file says otherwise is made. What differs since somebody else has changed it is drift: it is kept
 * where the import is told so, or may not make the change at all, so that the others are made all the same.
 */
function merge(
  differences: Change[],
  fields: IdentityFields,
  mark: SourceMark,
  { source, permitted }: JudgeRules,
): Merged {
  const drifted = differences.filter(({ path }) =>
    isDrifted(mark, path, valueAt(fields, fromPointer(path))),
  );
  const kept = drifted.filter(
    (change) => source?.onDrift === 'keep' || permitted.refusals([change]).length > 0,
  );
  const others = differences.filter((change) => !kept.includes(change));
  return {
    made: others.filter((change) => !isInTheWayOnly(change, differences, others)),
    kept: kept.map(({ path }) => path),
    isOverwritten: drifted.length > kept.length,
  };
}

/** Whether a value gives way to an object for fields of which none is changed after all. */
function isInTheWayOnly({ path }: Change, all: Change[], made: Change[]): boolean {
  const isWithin = (inner: Change) => inner.path.startsWith(`${path}/`);
  return all.some(isWithin) && !made.some(isWithin);
}

function nextMark(
  row: ImportRow,
  after: IdentityFields,
  before: { mark: SourceMark; kept: string[] },
  { map }: JudgeRules,
): SourceMark {
  const { deactivated, ...mark } = newMark(before.mark.name, row, map, after, before);
  return deactivated && after.state === 'inactive' ? { ...mark, deactivated } : mark;
}

function adoptedMark(
  row: ImportRow,
  after: IdentityFields,
  { name }: PlanSource,
  { map, by: { run, actor, at } }: JudgeRules,
): SourceMark {
  return { ...newMark(name, row, map, after), adopted: { ...run, actor, at } };
}
