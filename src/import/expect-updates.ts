/**
 * What an import is about to do to existing users, for those who approve it: of the users who are known to exist, when
 * the file has been validated. A live dry run tells all of it.
 */
import { sampleOf, type ChangedRow } from '../contract/import/changed-rows.js';
import {
  addEffects,
  countEffects,
  type Effects,
  type ExpectedUpdates,
} from '../contract/import/effects.js';
import type { Mode } from '../contract/import/input.js';
import { readUserHints } from '../store/existing-users.js';
import { chunksOf, type OpenRun } from '../store/open-run.js';
import { isSkipped, readSettled } from '../store/settled.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import type { LoadedPlan } from '../validation/plan-cache.js';
import { candidateMaker } from './candidate.js';
import { changedRowReader } from './changed-rows.js';
import type { Passwords } from './credential.js';
import type { Decisions } from './decision.js';
import type { LookupApi } from './find-user.js';
import { isolateFaults } from './isolate-faults.js';
import { previewRules, previewUsers } from './preview.js';
import { NO_SUCH_USER } from './row-actions.js';
import type { ImportRoot } from '../store/import-root.js';

export interface ExpectUpdatesDeps {
  importRoot: ImportRoot;
  kratos: LookupApi;
  passwords: Passwords;
  now: () => Date;
}

/**
 * So many rows without a hint are looked up where an approval waits for it, the first of the file. There are no hints of
 * fewer rows, nor where listing all users would cost more than it spares.
 */
export const MOST_LOOK_UPS = 200;

/**
 * Reads the users whose rows have a hint, and those of some others.
 * @param lookUps so many rows without a hint are looked up
 * @param onChunk called after each chunk
 * @throws FileError, KratosError
 */
export async function expectUpdates(
  { importRoot, kratos, passwords, now }: ExpectUpdatesDeps,
  openRun: OpenRun & LoadedPlan,
  { mode, lookUps, signal }: { mode: Mode; lookUps: number; signal: AbortSignal },
  onChunk: () => void,
): Promise<ExpectedUpdates> {
  const { run, folder, plan, checkRow } = openRun;
  const toCandidate = candidateMaker({ run, plan, passwords, at: now(), signal });
  const rules = previewRules(openRun, now());
  const changedRow = changedRowReader(plan);
  const expected: ExpectedUpdates = { known: 0, updated: 0, leftAlone: 0, sample: [] };
  let left = lookUps;
  for await (const { range, number } of chunksOf(openRun)) {
    if (isSkipped(plan, number)) continue;
    const valid = (await readChunkRows(importRoot, openRun, range)).filter(
      (_, i) => !range.invalid.has(i),
    );
    const lines = valid.map(({ line }) => line);
    const settled = await readSettled(openRun, lines);
    const rows = valid.filter(({ line }) => !settled.has(line));
    const hints = await readUserHints({ folder, plan }, lines);
    const candidates = rows
      .filter(({ line }) => hints.existingIds.has(line) || left-- > 0)
      .map(({ cells, line }) => toCandidate(checkRow(cells).importRow, line))
      .filter(({ importRow }) => importRow.action !== 'skip');
    const context = { ...rules, kratos, mode, hints };
    const decisions = await isolateFaults(candidates, (part) => previewUsers(context, part), {
      onFault: () => undefined,
      isLastTry: true,
    });
    addDecisions(expected, decisions, changedRow);
    onChunk();
  }
  const isPart = left < 0 && lookUps > 0 && !plan.hints.includes('existing-users');
  return isPart ? { ...expected, firstRows: lookUps } : expected;
}

function addDecisions(
  expected: ExpectedUpdates,
  decisions: Decisions,
  changedRow: ReturnType<typeof changedRowReader>,
): void {
  const changed: { line: number; effects?: Effects | undefined }[] = [];
  const rows: ChangedRow[] = [];
  for (const [line, decision] of decisions) {
    // A look-up that was refused tells nothing of the user.
    if (decision.outcome === 'failed' && decision.code === 'rejected') continue;
    if (decision.outcome !== 'would_create' && decision !== NO_SUCH_USER) expected.known++;
    if (decision.outcome === 'left_alone') expected.leftAlone++;
    if (decision.outcome !== 'would_update') continue;
    expected.updated++;
    changed.push({ line, effects: decision.effects });
    rows.push(...[changedRow({ line, ...decision }) ?? []].flat());
  }
  expected.effects = addEffects(expected.effects, countEffects(changed));
  expected.sample = sampleOf([...(expected.sample ?? []), ...rows]);
}
