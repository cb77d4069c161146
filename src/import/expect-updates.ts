/**
 * What an import is about to do to existing users, for those who approve it: of the users who are known to exist, when
 * the file has been validated. A live dry run tells all of it.
 */
import { countEffects, type Effects, type ExpectedUpdates } from '../contract/import/effects.js';
import type { Mode } from '../contract/import/input.js';
import { compileTraitCheck } from '../identity/schema.js';
import { readUserHints } from '../store/existing-users.js';
import { chunksOf, type OpenRun } from '../store/open-run.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import type { LoadedPlan } from '../validation/plan-cache.js';
import { candidateMaker } from './candidate.js';
import type { Passwords } from './credential.js';
import type { LookupApi } from './find-user.js';
import { isolateFaults } from './isolate-faults.js';
import { permittedChanges } from './permitted-changes.js';
import { previewUsers } from './preview.js';
import type { ImportRoot } from '../store/import-root.js';

export interface ExpectUpdatesDeps {
  importRoot: ImportRoot;
  kratos: LookupApi;
  passwords: Passwords;
  now: () => Date;
}

/** So few are looked up when an approval waits for it: no hints are made for them. */
export const FEW_ROWS = 200;

/**
 * Reads the users whose rows have a hint, or all of a few rows.
 * @param looksUp whether users without a hint are looked up
 * @param onChunk called after each chunk
 * @throws FileError, KratosError
 */
export async function expectUpdates(
  { importRoot, kratos, passwords, now }: ExpectUpdatesDeps,
  openRun: OpenRun & LoadedPlan,
  { mode, looksUp, signal }: { mode: Mode; looksUp: boolean; signal: AbortSignal },
  onChunk: () => void,
): Promise<ExpectedUpdates> {
  const { run, folder, plan, checkRow } = openRun;
  const toCandidate = candidateMaker({ run, plan, passwords, at: now(), signal });
  const { map, setPasswords } = plan;
  const permitted = permittedChanges(plan);
  const checkTraits = compileTraitCheck(plan.schema);
  const expected: ExpectedUpdates = { known: 0, updated: 0, leftAlone: 0 };
  const changed: { line: number; effects?: Effects | undefined }[] = [];
  for await (const { range } of chunksOf(openRun)) {
    const rows = (await readChunkRows(importRoot, openRun, range)).filter(
      (_, i) => !range.invalid.has(i),
    );
    const hints = await readUserHints(
      { folder, plan },
      rows.map(({ line }) => line),
    );
    const candidates = rows
      .filter(({ line }) => looksUp || hints.existingIds.has(line))
      .map(({ cells, line }) => toCandidate(checkRow(cells).importRow, line));
    const context = { kratos, map, setPasswords, permitted, checkTraits, mode, hints };
    const decisions = await isolateFaults(candidates, (part) => previewUsers(context, part), {
      onFault: () => undefined,
      isLastTry: true,
    });
    for (const [line, decision] of decisions) {
      // A look-up that was refused tells nothing of the user.
      if (decision.outcome === 'failed' && decision.code === 'rejected') continue;
      if (decision.outcome !== 'would_create') expected.known++;
      if (decision.outcome === 'left_alone') expected.leftAlone++;
      if (decision.outcome !== 'would_update') continue;
      expected.updated++;
      if (decision.effects) changed.push({ line, effects: decision.effects });
    }
    onChunk();
  }
  return { ...expected, effects: countEffects(changed) };
}
