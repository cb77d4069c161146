import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toRow } from '../../../src/audit/audit-row.js';
import { userEvents } from '../../../src/audit/events.js';
import { OUTCOMES, type RowOutcome } from '../../../src/contract/import/outcomes.js';
import { RUN } from '../../support/planned-run.js';

const SECRET = 'Zq9SECRET';
const PLAN = { actor: 'alice', file: 'users.csv' };

const outcome = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  identityId: fc.uuid(),
  paths: fc.array(fc.constantFrom('/traits/role', '/metadata_public/department', '/state')),
});

it('rows that change users have one event each, in their order, and no other row has any', () => {
  fc.assert(
    fc.property(fc.array(outcome), (rows) => {
      const outcomes = rows.map(({ paths, ...row }, i): RowOutcome => {
        const changes = paths.map((path) => ({ path, before: SECRET, after: SECRET }));
        return { line: i + 2, email: SECRET, invitation: 'due', raw: SECRET, changes, ...row };
      });
      const events = userEvents(RUN, PLAN, outcomes, '2026-11-02T10:00:00.000Z');
      const changed = outcomes.filter(({ outcome }) =>
        ['created', 'updated', 'deactivated', 'deleted'].includes(outcome),
      );
      expect(events.map(({ metadata, target }) => [metadata.line, target])).toEqual(
        changed.map(({ line, identityId }) => [line, identityId]),
      );
      expect(new Set(events.map((event) => toRow(event).identifier)).size).toBe(changed.length);
      expect(JSON.stringify(events)).not.toContain(SECRET);
    }),
  );
});
