/** The users of a source who are not in its file, with what has become of each. */
import type { Outcome, RowOutcome } from '../contract/import/outcomes.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import { streamLeaverNames, type NamedUser } from '../store/leavers.js';
import { mapAhead } from '../store/map-ahead.js';
import { leaverChunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';

export interface LeaverChunk {
  chunk: OpenChunk;
  rows: RowOutcome[];
}

/**
 * Their chunks in order; none where the import is not to do anything about them. A purge removes who those are whose
 * outcome is not known, but not how many.
 * @param openAs the outcome of those of a chunk whose outcome is not known
 */
export async function* streamLeavers(
  openRun: OpenRun,
  openAs: (chunk: OpenChunk) => Outcome,
): AsyncGenerator<LeaverChunk> {
  const { source } = openRun.plan;
  if (!source || source.do === 'nothing') return;
  const names = streamLeaverNames(openRun);
  const chunks = mapAhead(leaverChunksOf(openRun), async (chunk) => ({
    chunk,
    known: await readKnownOutcomes(chunk),
  }));
  try {
    for await (const { chunk, known } of chunks) {
      const { line, rows: size } = chunk.range;
      const named = await take(names, size);
      const byLine = new Map(known.map((row) => [row.line, row]));
      const open = { outcome: openAs(chunk), invitation: 'none' } as const;
      const rows = Array.from({ length: size }, (_, i): RowOutcome => {
        const { email = '', identityId } = named[i] ?? {};
        return byLine.get(line + i) ?? { line: line + i, email, identityId, ...open };
      });
      yield { chunk, rows };
    }
  } finally {
    await names.return(undefined);
  }
}

async function take(names: AsyncGenerator<NamedUser>, most: number): Promise<NamedUser[]> {
  const taken: NamedUser[] = [];
  while (taken.length < most) {
    const next = await names.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
