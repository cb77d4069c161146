import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundIdentity, IdentityFields, ImportRow } from '../../../src/identity/identity.js';
import { fieldsAfter } from '../../../src/identity/differences.js';
import { ORIGIN_KEY, type SourceMark } from '../../../src/identity/origin.js';
import { isSettled, rowDigest } from '../../../src/identity/source-mark.js';
import { candidateMaker } from '../../../src/import/candidate.js';
import { judge, type Judgement } from '../../../src/import/judge.js';
import { permittedChanges } from '../../../src/import/permitted-changes.js';
import type { Plan, PlanSource } from '../../../src/store/plan.js';
import { EVERYTHING, mapOf, PEOPLE_PLAN } from '../../support/candidates.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { RUN } from '../../support/planned-run.js';

const NAMES = ['a', 'b', 'c'] as const;
const SCHEMA = schemaOf(Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }])));
const COLUMNS = Object.fromEntries(NAMES.map((name) => [name, `traits.${name}`]));
const MAP = mapOf(['email', ...NAMES], COLUMNS, SCHEMA);
const EMAIL = 'ann@example.com';

/** What the file says of each field; an empty cell says nothing. */
type Said = Record<(typeof NAMES)[number], string>;
/** What somebody else does: to these fields, to these values, or takes them away. */
type ByHand = Partial<Record<(typeof NAMES)[number], string | null>>;
type Night = { said: Said } | { byHand: ByHand };

const value = fc.constantFrom('x', 'y', 'z');
const said = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, fc.option(value, { nil: '' })])),
) as fc.Arbitrary<Said>;
const byHand = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, fc.option(value, { nil: null })])),
  { requiredKeys: [] },
) as fc.Arbitrary<ByHand>;
const nights: fc.Arbitrary<Night[]> = fc.array(
  fc.oneof(fc.record({ said }), fc.record({ byHand })),
  { maxLength: 12 },
);

function rowOf(cells: Said): ImportRow {
  const given = Object.entries(cells).filter(([, cell]) => cell !== '');
  const traits = { email: EMAIL, ...Object.fromEntries(given) };
  return { email: EMAIL, traits, metadataPublic: {}, metadataAdmin: {} };
}

function judgeOf(onDrift: PlanSource['onDrift']) {
  const nothing = { leavers: 0, leaversSha256: '', skipped: [] };
  const source: PlanSource = { name: 'hr', do: 'nothing', onDrift, adopt: true, ...nothing };
  const plan: Plan = { ...PEOPLE_PLAN, schema: SCHEMA, map: MAP, allow: [...EVERYTHING], source };
  const at = '2026-11-02T10:00:00.000Z';
  const passwords = { hash: async (text: string) => text, bcryptCost: 4 };
  const { signal } = new AbortController();
  const toCandidate = candidateMaker({ run: RUN, plan, passwords, at: new Date(at), signal });
  const permitted = permittedChanges(plan);
  const by = { run: RUN, actor: 'alice', at };
  return (row: ImportRow, user: FoundIdentity): Judgement =>
    judge(toCandidate(row, 2), user, {
      ...{ map: MAP, permitted, source, by },
      existingIds: new Map([[2, user.id]]),
    });
}

/** The same by a model that knows no digests: what Kratos has, and what the source has left of what it governs. */
class Model {
  readonly now = new Map<string, string>();
  private left = new Map<string, string | undefined>();
  /** Fields of the last night whose drift was kept, or overwritten. */
  drifted = new Set<string>();

  constructor(private readonly keeps: boolean) {}

  byHand(changes: ByHand): void {
    for (const [name, to] of Object.entries(changes)) {
      if (to === null) this.now.delete(name);
      else this.now.set(name, to);
    }
  }

  night(cells: Said): void {
    const left = new Map<string, string | undefined>();
    this.drifted = new Set();
    for (const [name, cell] of Object.entries(cells)) {
      if (cell === '') continue;
      const now = this.now.get(name);
      const differs = now !== cell;
      const isDrift = differs && this.left.has(name) && this.left.get(name) !== now;
      if (isDrift) this.drifted.add(name);
      if (isDrift && this.keeps) left.set(name, this.left.get(name));
      else {
        this.now.set(name, cell);
        left.set(name, cell);
      }
    }
    this.left = left;
  }
}

function start(): FoundIdentity {
  return { id: 'id-1', schemaId: 'default', fields: { traits: { email: EMAIL }, state: 'active' } };
}

function withMark(fields: IdentityFields, mark: SourceMark): IdentityFields {
  return { ...fields, metadata_admin: { [ORIGIN_KEY]: { source: mark } } };
}

describe.each(['overwrite', 'keep'] as const)('nights of a source that has drift %s', (onDrift) => {
  const judged = judgeOf(onDrift);

  it('leave what a model of them leaves, and report what it calls drift', () => {
    const property = fc.property(nights, (story) => {
      const model = new Model(onDrift === 'keep');
      const user = start();
      for (const night of story) {
        if ('byHand' in night) {
          model.byHand(night.byHand);
          const kept = Object.entries({ ...user.fields.traits, ...night.byHand });
          user.fields.traits = Object.fromEntries(kept.filter(([, to]) => to !== null));
          continue;
        }
        const row = rowOf(night.said);
        const { changes, codes, mark } = judged(row, user);
        user.fields = withMark(fieldsAfter(changes, user.fields), mark!);
        model.night(night.said);
        expect(user.fields.traits).toEqual({ email: EMAIL, ...Object.fromEntries(model.now) });
        const drift = onDrift === 'keep' ? 'drift_kept' : 'drift_overwritten';
        expect(codes.filter((code) => code !== 'adopted')).toEqual(
          model.drifted.size > 0 ? [drift] : [],
        );
        // Kept drift is looked at again, and reported, each night.
        const isKept = codes.includes('drift_kept');
        expect(isSettled(mark, 'hr', rowDigest(row, MAP), user)).toBe(!isKept);
        expect(judged(row, user)).toMatchObject({
          changes: [],
          codes: isKept ? [drift] : [],
          mark,
        });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
