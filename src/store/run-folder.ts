/** Looking into a run's folder. */
import type { RunLayout } from './run-layout.js';
import type { Store } from './store.js';

/** Whether any chunk has begun. */
export function hasOutcomes({ store, outcomesFolder }: RunLayout): Promise<boolean> {
  return hasFiles(store, outcomesFolder);
}

/** Whether any undo of the run has begun. */
export function hasUndo({ store, undoFolder }: RunLayout): Promise<boolean> {
  return hasFiles(store, undoFolder);
}

async function hasFiles(store: Store, prefix: string): Promise<boolean> {
  const first = await store.list(prefix)[Symbol.asyncIterator]().next();
  return first.done !== true;
}

/** The highest number of a chunk that has begun; 0 where none has. Of those before it some may not have begun. */
export async function lastBegunChunk({ store, outcomesFolder }: RunLayout): Promise<number> {
  let last = 0;
  for await (const { key } of store.list(outcomesFolder)) {
    const number = Number(/^\d+/.exec(key.slice(outcomesFolder.length + 1))?.[0] ?? 0);
    last = Math.max(last, number);
  }
  return last;
}

/** The keys of the journals of the chunks that have their outcomes. */
export async function* finishedJournals({
  store,
  outcomesFolder,
}: RunLayout): AsyncGenerator<string> {
  /** Of one chunk: its outcomes come after them. */
  let journal: { prefix: string; keys: string[] } | undefined;
  for await (const { key } of store.list(outcomesFolder)) {
    const prefix = /^.*\.journal(?=\/)/.exec(key)?.[0];
    if (prefix !== undefined) {
      if (journal?.prefix !== prefix) journal = { prefix, keys: [] };
      journal.keys.push(key);
    } else if (journal && key === journal.prefix.replace(/journal$/, 'jsonl')) {
      yield* journal.keys;
    }
  }
}

/** The numbers of the chunks that have begun: of those without outcomes, and of those with them. */
export async function begunChunks({
  store,
  outcomesFolder,
}: RunLayout): Promise<Record<'open' | 'done', number[]>> {
  const begun = new Map<string, { number: number; isDone: boolean }>();
  for await (const { key } of store.list(outcomesFolder)) {
    const { chunk, number, kind } =
      OF_CHUNK.exec(key.slice(outcomesFolder.length + 1))?.groups ?? {};
    if (chunk !== undefined) begun.set(chunk, { number: Number(number), isDone: kind === 'jsonl' });
  }
  const numbersOf = (ofDone: boolean): number[] =>
    [...begun.values()].flatMap(({ number, isDone }) => (isDone === ofDone ? number : []));
  return { open: numbersOf(false), done: numbersOf(true) };
}

/** In the order of the keys, the outcomes of a chunk come right after its journal. */
const OF_CHUNK = /^(?<chunk>(?<number>\d+)-[0-9a-f]{12})\.(?<kind>journal|jsonl)(\/|$)/;

/** The keys of the audit events of purges, in the order of their run ids, which begin with the time. */
export async function purgesOf(layout: RunLayout): Promise<string[]> {
  const purges: string[] = [];
  for await (const { key } of layout.store.list(layout.auditFolder)) {
    const name = key.slice(layout.auditFolder.length + 1);
    if (layout.isAuditPurge(name)) purges.push(key);
  }
  return purges;
}
