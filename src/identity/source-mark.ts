/**
 * What a source keeps with each of its users, so that the next night tells what the file has changed and what somebody
 * else has. Digests and no values: a mark shows nothing that is not beside it in the identity.
 */
import { hash, randomBytes } from 'node:crypto';
import { canonical } from './after-image.js';
import { describeTarget, type Column, type ColumnMap } from './columns.js';
import { claimKey } from './identifiers.js';
import type { FoundIdentity, IdentityFields, ImportRow } from './identity.js';
import { fromPointer, toPointer, valueAt } from './json-pointer.js';
import { keyOf, type Key } from './keys.js';
import { rootOf } from './list-cells.js';
import type { SourceMark } from './origin.js';

/** Bytes of a row's digest, and of a key's. */
export const DIGEST_BYTES = 16;
const SALT_BYTES = 8;
/** 132 and 66 bits. */
const SAID_CHARACTERS = 22;
const VALUE_CHARACTERS = 11;

/**
 * All of a row that an update could apply, without credentials, verified marks and the organization. Two rows have the
 * same digest where they mean the same to every user, whatever the order and the names of the columns.
 */
export function rowDigest(row: ImportRow, map: ColumnMap): Buffer {
  const { traits, metadataPublic, metadataAdmin, externalId, state } = row;
  const said = [
    ...[traits, metadataPublic, metadataAdmin, externalId, state],
    ...[targetsOf(row.cleared, map), targetsOf(row.keepsExisting, map), readingOf(map)],
  ];
  return digestOf(canonical(said));
}

/** @param row its digest */
export function saidOf(salt: string, row: Buffer): string {
  return saltedDigest(salt, 'row', row.toString('base64url')).slice(0, SAID_CHARACTERS);
}

/** @param value what is there; undefined for nothing */
function valueDigest(salt: string, path: string, value: unknown): string {
  const text = value === undefined ? '' : canonical(value);
  return saltedDigest(salt, path, text).slice(0, VALUE_CHARACTERS);
}

/** By which the row of a user is found who has another key by now; empty for no key. */
export function keyDigest(key: Key | undefined): string {
  if (!key) return '';
  return digestOf(claimKey(key.text, key.place.isPhone)).toString('base64url');
}

/** Pointers of the fields of which the row says something: a value, that there is none any more, or none to be had. */
export function governedPaths(row: ImportRow, map: ColumnMap): string[] {
  const { cleared = [], keepsExisting = [] } = row;
  const governed = new Set<string>();
  for (const { index, target } of map.columns) {
    const isSaid = cleared.includes(index) || keepsExisting.includes(index) || isGiven(target, row);
    const path = isSaid ? pathOf(target) : undefined;
    if (path) governed.add(toPointer(path));
  }
  return [...governed];
}

/**
 * @param name of the source
 * @param fields of the identity as it will be: what Kratos has, and not what stands in the cells
 * @param before the mark that is there, whose salt and history stay, and the paths whose drift is kept: what was left there
 * is still what this source has left, or the next night would take the file's value for a new one
 */
export function newMark(
  name: string,
  row: ImportRow,
  map: ColumnMap,
  fields: IdentityFields,
  before?: { mark: SourceMark; kept: string[] },
): SourceMark {
  const {
    salt = randomBytes(SALT_BYTES).toString('base64url'),
    adopted,
    deactivated,
  } = before?.mark ?? {};
  const keptAt = (path: string) =>
    before?.kept.includes(path) ? before.mark.left[path] : undefined;
  const left = governedPaths(row, map).map((path): [string, string] => [
    path,
    keptAt(path) ?? valueDigest(salt, path, valueAt(fields, fromPointer(path))),
  ]);
  return {
    name,
    salt,
    said: saidOf(salt, rowDigest(row, map)),
    key: keyDigest(keyOf(row.traits, map)),
    left: Object.fromEntries(left),
    ...(adopted && { adopted }),
    ...(deactivated && { deactivated }),
  };
}

/**
 * Whether nothing of a user is to be changed: the row says what it said, all that it governs is as it was left, and nobody
 * has to let them in again.
 * @param row its digest
 */
export function isSettled(
  mark: SourceMark | undefined,
  source: string,
  row: Buffer,
  { fields }: Pick<FoundIdentity, 'fields'>,
): boolean {
  if (mark?.name !== source || mark.deactivated) return false;
  if (mark.said !== saidOf(mark.salt, row)) return false;
  const paths = Object.keys(mark.left);
  return !paths.some((path) => isDrifted(mark, path, valueAt(fields, fromPointer(path))));
}

/**
 * Whether somebody else has changed what the source had left in a field.
 * @param value that is there now
 */
export function isDrifted({ salt, left }: SourceMark, path: string, value: unknown): boolean {
  // A pointer begins with a slash, which no name of JavaScript's own does.
  const known = left[path];
  return known !== undefined && known !== valueDigest(salt, path, value);
}

type ColumnTarget = Column['target'];

/** Where an update puts what a column gives; undefined for what no update touches. */
function pathOf(target: ColumnTarget): string[] | undefined {
  if ('path' in target) return [target.to, ...target.path];
  return target.to === 'external_id' || target.to === 'state' ? [target.to] : undefined;
}

function isGiven(target: ColumnTarget, row: ImportRow): boolean {
  if ('path' in target) return valueAt(rootOf(row, target.to), target.path) !== undefined;
  if (target.to === 'external_id') return row.externalId !== undefined;
  return target.to === 'state' && row.state !== undefined;
}

/** By target: the place of a column in the file says nothing. */
function targetsOf(indexes: number[] | undefined, { columns }: ColumnMap): string[] {
  if (!indexes) return [];
  const of = columns.filter(({ index }) => indexes.includes(index));
  return of.map(({ target }) => describeTarget(target)).sort();
}

const readings = new WeakMap<ColumnMap, string[]>();

/**
 * What makes the same values mean something else to a user who has others: a default is for those who have none, and a
 * list that is given entry by entry is added to.
 */
function readingOf(map: ColumnMap): string[] {
  let reading = readings.get(map);
  if (!reading) {
    const isSpecial = ({ constant, target }: Column) =>
      constant !== undefined || ('path' in target && typeof target.entry === 'number');
    reading = map.columns
      .filter(isSpecial)
      .map(
        ({ constant, target }) => `${constant === undefined ? '' : '='}${describeTarget(target)}`,
      )
      .sort();
    readings.set(map, reading);
  }
  return reading;
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES);
}

function saltedDigest(salt: string, kind: string, text: string): string {
  return hash('sha256', `${salt} ${kind} ${text}`, 'base64url');
}
