/**
 * What lists of workflows show of an import: its memo and, where the worker names some, its search attributes. Each
 * change is an event of the history, so there is one only where something has changed, and counts are brought up to
 * date now and then.
 */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Progress } from '../../src/contract/import/progress.js';
import { memoOf } from '../../src/contract/import/memo.js';
import { SEARCHABLE, searchablesOf } from '../../src/contract/search-attributes.js';
import { toProgress } from './progress.js';
import type { ImportRun, ImportState } from './state.js';

/** Counts of a running import are listed anew this many times at most, and not for fewer chunks. */
const MOST_TIMES = 10;
const FEWEST_CHUNKS = 10;

export function list(run: ImportRun): void {
  listMemo(run);
  listAttributes(run);
}

/**
 * What it was started with may be there already. Temporal hands over to the next execution what came with the start, and
 * nothing of what was changed since.
 */
function listMemo({ input, state: { mode, findings, taken } }: ImportRun): void {
  const listed = workflowInfo().memo ?? {};
  const { sha256 } = findings ?? taken ?? {};
  const changed = Object.entries(memoOf({ ...input, mode }, sha256)).filter(
    ([name, value]) => listed[name] !== value,
  );
  if (changed.length > 0) upsertMemo(Object.fromEntries(changed));
}

function listAttributes(run: ImportRun): void {
  const { searchAttributes } = run.state;
  if (!searchAttributes) return;
  const progress = toProgress(run);
  const facts = factsOf(progress);
  const listed = workflowInfo().typedSearchAttributes;
  const changed = searchablesOf(searchAttributes)
    .map(([what, name]) => {
      const key = defineSearchAttributeKey(name, SEARCHABLE[what]);
      return { key, value: facts[what] } as SearchAttributePair;
    })
    .filter(({ key, value }) => listed.get(key) !== value);
  const isSwitch = changed.some(({ key }) => key.type !== 'INT');
  if (changed.length === 0 || !(isSwitch || areCountsDue(progress, run.state))) return;
  upsertSearchAttributes(changed);
  run.state.listedChunks = progress.chunks.done;
}

/** In any other phase they have come to rest. */
function areCountsDue({ phase, chunks }: Progress, { listedChunks = 0 }: ImportState): boolean {
  const step = Math.max(FEWEST_CHUNKS, Math.ceil(chunks.total / MOST_TIMES));
  return phase !== 'importing' || chunks.done - listedChunks >= step;
}

function factsOf({ phase, paused, rows }: Progress) {
  const { total, created, updated, unchanged, skipped, left_alone, failed, invalid } = rows;
  const counts = { created, updated, unchanged, skipped, left_alone, failed, invalid };
  return { phase, paused, rows: total, ...counts } satisfies Record<
    keyof typeof SEARCHABLE,
    unknown
  >;
}
