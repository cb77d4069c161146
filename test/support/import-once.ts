/** Imports of candidates without a file and a plan, and their outcomes. */
import type { Mode } from '../../src/contract/import/input.js';
import type { Candidate } from '../../src/import/candidate.js';
import type { Decision, Decisions } from '../../src/import/decision.js';
import { importUsers } from '../../src/import/import-users.js';
import { permittedChanges } from '../../src/import/permitted-changes.js';
import { KratosError, type Kratos } from '../../src/kratos/kratos.js';
import { ChunkJournal } from '../../src/store/chunk-journal.js';
import { EVERYTHING, PEOPLE_PLAN } from './candidates.js';
import { NOW } from './chunk-attempts.js';
import { MemoryStore } from './memory-store.js';
import { RUN } from './planned-run.js';

/** The first attempt at the candidates, in a world where user names are unique, too. */
export async function importOnce(
  kratos: Kratos,
  candidates: Candidate[],
  mode: Mode = 'skip',
): Promise<Decisions> {
  const journal = await ChunkJournal.open(new MemoryStore(), 'journal');
  const plan = { ...PEOPLE_PLAN, allow: [...EVERYTHING], clashesOnKeyOnly: false };
  const context = {
    kratos,
    plan,
    by: { run: RUN, actor: 'alice', at: NOW.toISOString() },
    now: () => NOW,
    permitted: permittedChanges(plan),
    mode,
    existingIds: new Map<number, string>(),
    journal,
    parts: 1,
    hasLostAnswer: () => false,
    saveDecisions: async () => {},
  };
  return importUsers(context, candidates);
}

export function outcomesIn(decisions: Decisions): Decision['outcome'][] {
  return [...decisions.values()].map(({ outcome }) => outcome);
}

export function idOf(decision: Decision | undefined): string {
  if (decision && 'identityId' in decision && decision.identityId) return decision.identityId;
  throw new Error('the decision names no identity');
}

/** The error of Kratos when a row, or a fault of its own, breaks it. */
export const broken = () => new KratosError('broken', 'Kratos answered 500', { status: 500 });
