/** The answer of the query `progress`. Pure. */
import type { Progress } from '../../src/contract/import/progress.js';
import { describeCsv } from '../../src/contract/dialect.js';
import {
  describeEffects,
  describeExpected,
  type EffectCounts,
  type ExpectedUpdates,
  type RoleCount,
} from '../../src/contract/import/effects.js';
import { changesExisting } from '../../src/contract/import/input.js';
import { rowsIn } from '../../src/contract/import/outcomes.js';
import { describeSignIns } from '../../src/contract/import/sign-ins.js';
import { etaSeconds, ratePerSecond } from '../../src/progress/rate.js';
import { lastChunk } from './portions.js';
import { allowedChunks, type ImportRun, type ImportState } from './state.js';

export function toProgress({ input, state, inFlight }: ImportRun): Progress {
  const { phase, findings, chunksDone, notices } = state;
  const { due, missing: _, ...rows } = state.counts;
  const { would_create, would_update, would_skip, would_deactivate, would_delete, ...counts } =
    rows;
  const total = findings?.rows ?? 0;
  const done = rowsIn(state.counts);
  const isCancelling = state.cancelled === true && phase !== 'done';
  const isPaused = state.pausedBy.length > 0 && !isCancelling && !isAtItsEnd(state);
  const rate = currentRate(state, isPaused && inFlight.size === 0);
  return {
    phase,
    paused: isPaused,
    cancelling: isCancelling,
    mode: state.mode,
    concurrency: state.concurrency,
    rows: {
      total,
      done,
      ...counts,
      ...(input.dryRun === 'live' && {
        ...{ would_create, would_update, would_skip, would_deactivate, would_delete },
      }),
      invalid: findings?.invalid ?? 0,
    },
    chunks: {
      total: findings ? lastChunk({ input, state }) : 0,
      done: chunksDone,
      inFlight: inFlight.size,
      allowed: allowedChunks(state),
    },
    ratePerSecond: rate,
    etaSeconds: isPaused || isCancelling ? null : timeLeft(state, rate, total - done),
    invitations: {
      due: due - state.invited.none,
      sent: state.invited.sent,
      failed: state.invited.failed,
      perMinute: state.perMinute,
      held: state.held,
    },
    plan: {
      ...(findings && { sha256: findings.sha256, csv: describeCsv(findings.csv) }),
      roles: findings?.roles ?? {},
      ...(findings?.tenants && { tenants: findings.tenants }),
      warnings: findings?.warnings.map(({ message }) => message) ?? [],
      ...(findings && tellsUpdates(input, state) && planOfUpdates(findings.expected)),
    },
    roleChanges: rolesOf(state.effects),
    changes: describeEffects(state.effects && { ...state.effects, roles: [] }),
    sample: state.sample ?? [],
    ...(state.knownUsers &&
      state.pendingApproval === 'canary' && { knownUsers: describeSignIns(state.knownUsers) }),
    ...sourceOf(input, state),
    notices,
  };
}

/** Of an import of a source, once its file is validated, or was found to be that of the last run. */
function sourceOf(
  { missing }: ImportRun['input'],
  { findings, taken, leaverCounts }: ImportState,
): Pick<Progress, 'source'> {
  const { source } = findings ?? {};
  if (missing.scope === undefined || !(source ?? taken?.unchanged)) return {};
  const { deactivated, deleted, would_deactivate, would_delete } = leaverCounts;
  return {
    source: {
      name: missing.scope,
      scope: source?.scope ?? 0,
      told: source?.told ?? 0,
      leavers: {
        total: source?.leavers ?? 0,
        done: rowsIn(leaverCounts),
        deactivated: deactivated + would_deactivate,
        deleted: deleted + would_delete,
        reported: leaverCounts.missing,
        left_alone: leaverCounts.left_alone,
        failed: leaverCounts.failed,
      },
      adoptable: source?.adoptable ?? 0,
      settled: source?.settled ?? 0,
      ...(taken?.unchanged && { unchanged: true }),
    },
  };
}

function planOfUpdates(expected: ExpectedUpdates | undefined): Partial<Progress['plan']> {
  return {
    updates: describeExpected(expected),
    ...(expected && { roleChanges: rolesOf(expected.effects), sample: expected.sample ?? [] }),
  };
}

/** Without the lines, which the report has. */
function rolesOf(effects: EffectCounts | undefined): RoleCount[] {
  return effects?.roles.map(({ from, to, count }) => ({ from, to, count })) ?? [];
}

/** A live dry run tells them itself. */
function tellsUpdates(
  { dryRun, setPasswords }: ImportRun['input'],
  { mode }: ImportState,
): boolean {
  return dryRun === false && changesExisting({ mode, setPasswords });
}

/** Nothing is left to pause, whatever reason there was. */
function isAtItsEnd({ phase }: ImportState): boolean {
  return phase === 'reporting' || phase === 'done';
}

/** Null while nothing moves, and once nothing new is to start. */
function currentRate(
  { phase, cancelled, stall, samples }: ImportState,
  isIdle: boolean,
): number | null {
  const isMoving = phase === 'importing' && !cancelled && !stall && !isIdle;
  return isMoving ? ratePerSecond(samples) : null;
}

/** Seconds to the end of the rows or of the mails; null while it is unknown. */
function timeLeft(state: ImportState, rate: number | null, rows: number): number | null {
  if (state.phase === 'importing') return etaSeconds(rate, rows);
  if (state.phase !== 'inviting' || state.held) return null;
  const { sent, failed, none, kept } = state.invited;
  return Math.ceil(((state.counts.due - sent - failed - none - kept) * 60) / state.perMinute);
}
