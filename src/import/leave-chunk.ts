/** One chunk of leavers, the users of a source who are not in its file: each is read again, and decided anew. */
import type { ChunkResult, RowOutcome } from '../contract/import/outcomes.js';
import { addressPath } from '../identity/columns.js';
import type { FoundIdentity } from '../identity/identity.js';
import { keyOf } from '../identity/keys.js';
import type { Kratos } from '../kratos/kratos.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { withRetries } from '../kratos/with-retries.js';
import type { ChunkJournal } from '../store/chunk-journal.js';
import { readLeavers } from '../store/leavers.js';
import type { PlanSource } from '../store/plan.js';
import {
  attemptChunk,
  type Attempt,
  type ChunkToImport,
  type ChunkWork,
  type ImportChunkDeps,
} from './attempt-chunk.js';
import { isBroken, rejection, toOutcome, type Decision, type Decisions } from './decision.js';
import { blameKratosForAll } from './import-users.js';
import { byOf } from './judge.js';
import type { Leaving } from './leave.js';
import { leaveUsers, previewLeavers, type LeaveContext, type Leaver } from './leave-users.js';
import { permittedChanges, type PermittedChanges } from './permitted-changes.js';

/** So many users are read before those of them who leave are changed. */
const GROUP = 50;

/** A leaver as validation has found them. */
interface Named {
  /** See LEAVER_LINE. */
  line: number;
  id: string;
}

/**
 * Lets the leavers of one chunk leave. Safe to run again after any crash, as `importChunk` is.
 * @throws KratosError when Kratos takes no requests for long
 * @throws AuditError when the audit database does not take the events
 */
export function leaveChunk(
  deps: ImportChunkDeps,
  chunk: ChunkToImport,
  attempt: Attempt,
): Promise<ChunkResult> {
  return attemptChunk(deps, chunk, attempt, async () => {
    const ids = await readLeavers(chunk);
    const named = ids.map((id, i) => ({ line: chunk.range.line + i, id }));
    const { source } = chunk.plan;
    const wanted = source?.do ?? 'nothing';
    if (!source || wanted === 'nothing' || chunk.mode === 'skip') return allSkipped(named);
    return new LeaverChunk(deps, chunk, attempt, { named, source, wanted });
  });
}

function allSkipped(named: Named[]): ChunkWork {
  const outcomes = named.map(({ line, id }): RowOutcome => {
    return { line, email: '', outcome: 'skipped', identityId: id, invitation: 'none' };
  });
  const skip = () => Promise.resolve(outcomes);
  return { preview: skip, carryOut: skip };
}

/** The leavers of a chunk, group by group. */
class LeaverChunk implements ChunkWork {
  private readonly kratos: Kratos;
  private readonly permitted: PermittedChanges;

  constructor(
    private readonly deps: ImportChunkDeps,
    private readonly chunk: ChunkToImport,
    private readonly attempt: Attempt,
    private readonly leaving: { named: Named[]; source: PlanSource; wanted: Leaving },
  ) {
    const { retryAfter, handBack } = deps;
    const { signal, reportStall } = attempt;
    this.kratos = withRetries(deps.kratos, { retryAfter, handBack, signal, onStall: reportStall });
    this.permitted = permittedChanges(chunk.plan);
  }

  preview(): Promise<RowOutcome[]> {
    return this.decideAll(this.leaving.named, {
      work: async (leavers, decisions) => previewLeavers(this.rulesNow(), leavers, decisions),
      save: () => Promise.resolve(),
    });
  }

  async carryOut(journal: ChunkJournal): Promise<RowOutcome[]> {
    const { kratos, attempt } = this;
    const { named } = this.leaving;
    /** By line: what this attempt and the earlier ones have decided. */
    const { outcomes: decided } = await journal.read();
    const open = named.filter(({ line }) => !decided.has(line));
    const fresh = await this.decideAll(open, {
      work: (leavers, decisions) =>
        leaveUsers({ ...this.rulesNow(), kratos, journal, now: this.deps.now }, leavers, decisions),
      save: (outcomes) => {
        attempt.signal.throwIfAborted();
        return journal.decide(outcomes);
      },
    });
    for (const outcome of fresh) decided.set(outcome.line, outcome);
    return named.map(({ line }) => decided.get(line)!);
  }

  private async decideAll(named: Named[], { work, save }: GroupWork): Promise<RowOutcome[]> {
    const decisions: Decisions = new Map();
    const outcomes: RowOutcome[] = [];
    for (let i = 0; i < named.length; i += GROUP) {
      const group = named.slice(i, i + GROUP);
      const users = await readAgain(this.kratos, group, decisions);
      const outcomesOf = () =>
        group.flatMap(({ line, id }) => this.outcomesOf(line, users.get(id), decisions.get(line)));
      const saveSure = () =>
        save(outcomesOf().filter(({ line }) => !isBroken(decisions.get(line))));
      try {
        await work(this.toLeavers(group, users, decisions), decisions);
      } catch (error) {
        await saveSure().catch(() => undefined);
        throw error;
      }
      await saveSure();
      outcomes.push(...outcomesOf());
    }
    blameKratosForAll(named, decisions);
    return outcomes;
  }

  private toLeavers(
    group: Named[],
    users: ReadonlyMap<string, FoundIdentity>,
    decisions: Decisions,
  ): Leaver[] {
    const { wanted } = this.leaving;
    return group
      .filter(({ line }) => !decisions.has(line))
      .map(({ line, id }) => ({ line, user: users.get(id), wanted, isTold: false }));
  }

  private rulesNow(): Pick<LeaveContext, 'source' | 'permitted' | 'by'> {
    const { permitted } = this;
    const { source } = this.leaving;
    return { source, permitted, by: byOf(this.chunk, this.deps.now()) };
  }

  /** None as long as nothing is decided. */
  private outcomesOf(
    line: number,
    user: FoundIdentity | undefined,
    decision: Decision | undefined,
  ): RowOutcome[] {
    return decision ? [toOutcome({ line, ...this.nameOf(user) }, decision)] : [];
  }

  /** A user of another schema or tenant is not named. */
  private nameOf(user: FoundIdentity | undefined): Pick<RowOutcome, 'email' | 'identifier'> {
    if (!user || this.permitted.outside(user)) return { email: '' };
    const { map } = this.chunk.plan;
    const key = keyOf(user.fields.traits, map);
    const isAddress = key?.place.path.join() === addressPath(map)?.join();
    if (isAddress) return { email: key?.text ?? '' };
    return { email: '', ...(key && { identifier: key.text }) };
  }
}

interface GroupWork {
  work: (leavers: Leaver[], decisions: Decisions) => Promise<void>;
  /** Saves what cannot be decided otherwise by another attempt. */
  save: (outcomes: RowOutcome[]) => Promise<void>;
}

/**
 * The leavers who are still there, by id. An answer that is refused for all of them does not mean that they are gone: each
 * is asked for by itself then.
 * @param decisions gets those of the leavers whose look-up is refused
 */
async function readAgain(
  kratos: Pick<Kratos, 'ready' | 'findByIds'>,
  group: Named[],
  decisions: Decisions,
): Promise<Map<string, FoundIdentity>> {
  try {
    const users = await kratos.findByIds(group.map(({ id }) => id));
    return new Map(users.map((user) => [user.id, user]));
  } catch (error) {
    if (!isRowError(error)) throw error;
  }
  const users = new Map<string, FoundIdentity>();
  for (const { line, id } of group) {
    try {
      for (const user of await retrySingleRow(kratos, () => kratos.findByIds([id]))) {
        users.set(id, user);
      }
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(line, rejection(error));
    }
  }
  return users;
}
