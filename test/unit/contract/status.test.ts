import { describe, expect, it } from 'vitest';
import {
  APPROVALS,
  IMPORT_PHASES,
  moveTo,
  PAUSE_REASONS,
  STALLS,
  UNDO_PHASES,
  type PhaseTable,
} from '../../../src/contract/status.js';

const TABLES: [name: string, phases: PhaseTable<string>][] = [
  ['an import', IMPORT_PHASES],
  ['an undo', UNDO_PHASES],
];

describe.each(TABLES)('the phases of %s', (_, phases) => {
  const names = Object.keys(phases);
  const pairs = names.flatMap((from) => names.map((to) => ({ from, to })));

  it.each(pairs)('from $from to $to: only if the table has it', ({ from, to }) => {
    const state = { phase: from };
    if (phases[from]!.next.includes(to)) {
      moveTo(phases, state, to);
      expect(state.phase).toBe(to);
    } else {
      expect(() => moveTo(phases, state, to)).toThrow(
        `A run cannot go from the phase ${from} to ${to}.`,
      );
      expect(state.phase).toBe(from);
    }
  });

  it('lead from preflight to each phase, and from each phase to done', () => {
    const reached = (start: string): Set<string> => {
      const seen = new Set([start]);
      for (const phase of seen) for (const next of phases[phase]!.next) seen.add(next);
      return seen;
    };
    expect([...reached('preflight')].sort()).toEqual([...names].sort());
    for (const name of names) expect(reached(name)).toContain('done');
    expect(phases['done']!.next).toEqual([]);
  });
});

const CONTEXT = {
  ...{ canaryRows: 1000, sha256: 'ab12', existing: '', knownUsers: '' },
  ...{ adoptable: 3, leavers: 'Too many.' },
};

describe('every state has its line', () => {
  const lines = [
    ...TABLES.flatMap(([, phases]) => Object.values(phases).map(({ line }) => line)),
    ...Object.values(PAUSE_REASONS),
    ...Object.values(STALLS),
    ...Object.values(APPROVALS).map((ask) => ask(CONTEXT)),
  ];
  it.each(lines)('%s', (line) => {
    expect(line).toMatch(/^[A-Z].{3,}$/);
  });

  it('the line for the canary rows has their number', () => {
    expect(APPROVALS.canary(CONTEXT)).toContain('The first 1,000 rows are done.');
  });
});
