import { describe, expect, it } from 'vitest';
import { externalIdClaim, oldIdClaim } from '../../../src/identity/identifiers.js';
import type { FoundIdentity } from '../../../src/identity/identity.js';
import { keyDigest } from '../../../src/identity/source-mark.js';
import {
  contradicts,
  isLeaver,
  matchUser,
  stableIds,
  type RowFlags,
  type RowsOfFile,
} from '../../../src/identity/source-match.js';

interface Row {
  email: string;
  externalId?: string;
  oldId?: string;
  isInvalid?: boolean;
}

const place = { path: ['email'], isPhone: false };
const digestOf = (email: string) => keyDigest({ place, text: email, form: email });

/** A file by its lines, looked through row by row. */
function fileOf(rows: Record<number, Row>): RowsOfFile {
  const lineOf = (isIt: (row: Row) => boolean) => {
    const found = Object.entries(rows).find(([, row]) => isIt(row));
    return found && Number(found[0]);
  };
  return {
    lineOfClaim: (key) =>
      lineOf(
        ({ externalId, oldId }) =>
          (externalId !== undefined && externalIdClaim(externalId).key === key) ||
          (oldId !== undefined && oldIdClaim(oldId).key === key),
      ),
    lineOfDigest: (digest) =>
      lineOf(({ email }) => digestOf(email) === digest.toString('base64url')),
    linesOfKeys: ({ fields }) => {
      const line = lineOf(({ email }) => email === fields.traits['email']);
      return line === undefined ? [] : [line];
    },
    idsOf: (line): RowFlags | undefined => {
      const { externalId, oldId, isInvalid } = rows[line]!;
      if (isInvalid) return undefined;
      return { hasExternalId: externalId !== undefined, hasOldId: oldId !== undefined };
    },
  };
}

function userOf({ email, externalId, oldId }: Row): FoundIdentity {
  return {
    id: 'u',
    schemaId: 'default',
    fields: {
      traits: { email },
      metadata_admin: oldId === undefined ? null : { old_id: oldId },
      ...(externalId !== undefined && { external_id: externalId }),
    },
  };
}

interface Case {
  what: string;
  user: Row;
  /** The address in the row that made the user's mark. */
  marked?: string;
  rows: Record<number, Row>;
  expected: { lines: number[]; rank: number } | undefined;
}

const ANN = 'ann@example.com';
const NEW = 'ann.new@example.com';

const CASES: Case[] = [
  {
    what: 'has the address of a row',
    user: { email: ANN },
    rows: { 2: { email: ANN } },
    expected: { lines: [2], rank: 1 },
  },
  {
    what: 'has none of a row',
    user: { email: ANN },
    rows: { 2: { email: NEW } },
    expected: undefined,
  },
  {
    what: 'has another address in the file, and the same old id',
    user: { email: ANN, oldId: '7' },
    marked: ANN,
    rows: { 2: { email: NEW, oldId: '7' } },
    expected: { lines: [2], rank: 3 },
  },
  {
    what: 'another product knows by the old id of a row',
    user: { email: ANN, oldId: '7' },
    rows: { 2: { email: NEW, oldId: '7' } },
    expected: undefined,
  },
  {
    what: 'another product knows by another old id than their row',
    user: { email: ANN, oldId: '7' },
    rows: { 2: { email: ANN, oldId: '8' } },
    expected: { lines: [2], rank: 1 },
  },
  {
    what: 'has another address in the file, and the same external id',
    user: { email: ANN, externalId: 'e7' },
    rows: { 2: { email: NEW, externalId: 'e7' } },
    expected: { lines: [2], rank: 4 },
  },
  {
    what: 'has an external id of one row and the old id and address of another',
    user: { email: ANN, externalId: 'e7', oldId: '8' },
    rows: { 2: { email: ANN, oldId: '8' }, 3: { email: NEW, externalId: 'e7' } },
    expected: { lines: [3], rank: 4 },
  },
  {
    what: 'has changed their address by themselves',
    user: { email: NEW },
    marked: ANN,
    rows: { 2: { email: ANN } },
    expected: { lines: [2], rank: 2 },
  },
  {
    what: 'has changed their address to that of another row',
    user: { email: NEW },
    marked: ANN,
    rows: { 2: { email: NEW }, 3: { email: ANN } },
    expected: { lines: [3], rank: 2 },
  },
  {
    what: 'has an address that a joiner with another old id has got',
    user: { email: ANN, oldId: '7' },
    marked: ANN,
    rows: { 2: { email: ANN, oldId: '8' } },
    expected: undefined,
  },
  {
    what: 'has an address that a joiner with another external id has got',
    user: { email: ANN, externalId: 'e7', oldId: '7' },
    marked: ANN,
    rows: { 2: { email: ANN, externalId: 'e8' } },
    expected: undefined,
  },
  {
    what: 'has no old id, and the address of a row with one',
    user: { email: ANN },
    rows: { 2: { email: ANN, oldId: '8' } },
    expected: { lines: [2], rank: 1 },
  },
  {
    what: 'has an old id, and the address of a row without one',
    user: { email: ANN, oldId: '7' },
    rows: { 2: { email: ANN } },
    expected: { lines: [2], rank: 1 },
  },
  {
    what: 'has an external id, and the address of a row with an old id',
    user: { email: ANN, externalId: 'e7' },
    rows: { 2: { email: ANN, oldId: '8' } },
    expected: { lines: [2], rank: 1 },
  },
  {
    what: 'has the address of an invalid row, whose id may be the wrong one',
    user: { email: ANN, oldId: '7' },
    marked: ANN,
    rows: { 2: { email: ANN, oldId: '8', isInvalid: true } },
    expected: { lines: [2], rank: 2 },
  },
];

describe('whose row a user who', () => {
  it.each(CASES)('$what', ({ user, marked, rows, expected }) => {
    const mark = marked === undefined ? undefined : { key: digestOf(marked) };
    expect(matchUser(userOf(user), mark, fileOf(rows))).toEqual(expected);
  });
});

describe('the ids that stay with a person', () => {
  it('are compared only where both have one of the same kind', () => {
    const both = userOf({ email: ANN, externalId: 'e7', oldId: '7' });
    expect(stableIds(both)).toEqual({ externalId: 'e7', oldId: '7' });
    expect(stableIds(userOf({ email: ANN }))).toEqual({});
    const flags = (hasExternalId: boolean, hasOldId: boolean) => ({ hasExternalId, hasOldId });
    expect(contradicts(flags(false, false), both, true)).toBe(false);
    expect(contradicts(flags(true, false), both, true)).toBe(true);
    expect(contradicts(flags(false, true), both, true)).toBe(true);
    expect(contradicts(flags(true, true), userOf({ email: ANN }), true)).toBe(false);
    expect(contradicts(flags(true, false), userOf({ email: ANN, oldId: '7' }), true)).toBe(false);
  });

  it('are, of those in products that users come from, compared within the source alone', () => {
    const flags = { hasExternalId: true, hasOldId: true };
    expect(contradicts(flags, userOf({ email: ANN, oldId: '7' }), false)).toBe(false);
    expect(contradicts(flags, userOf({ email: ANN, externalId: 'e7' }), false)).toBe(true);
  });

  it('may be numbers in metadata that another program wrote', () => {
    const user = userOf({ email: ANN });
    user.fields.metadata_admin = { old_id: 7 };
    expect(stableIds(user)).toEqual({ oldId: '7' });
  });
});

describe('a user without a row', () => {
  const [WE, THEY] = [{ deactivated: { workflowId: 'w', runId: 'r', at: 'x' } }, {}];

  it.each([
    ['active', THEY, 'nothing', 'overwrite', false],
    ['active', THEY, 'report', 'overwrite', true],
    ['active', THEY, 'deactivate', 'overwrite', true],
    ['active', THEY, 'delete', 'overwrite', true],
    ['inactive', WE, 'report', 'overwrite', false],
    ['inactive', WE, 'deactivate', 'overwrite', false],
    ['inactive', WE, 'delete', 'overwrite', true],
    ['inactive', THEY, 'delete', 'overwrite', false],
    // Let in again by hand.
    ['active', WE, 'deactivate', 'overwrite', true],
    ['active', WE, 'deactivate', 'keep', false],
    ['active', WE, 'delete', 'keep', false],
    ['inactive', WE, 'delete', 'keep', true],
  ] as const)(
    '%s with %j leaves where "%s" and "%s" are asked for: %s',
    (state, mark, wanted, onDrift, expected) => {
      const user = { fields: { traits: {}, state } };
      expect(isLeaver(user, mark, { do: wanted, onDrift })).toBe(expected);
    },
  );
});
