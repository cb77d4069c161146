/** What a run has left in its store, whichever that is. */
import type { RunLayout } from '../../src/store/run-layout.js';

export async function textOf({ store }: RunLayout, key: string): Promise<string> {
  const content = await store.read(key);
  if (!content) throw new Error(`there is no ${key}`);
  return content.bytes.toString();
}

/** The files of a run, by their names below its folder, in order. */
export async function filesIn({ store, prefix }: RunLayout): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of store.list(prefix)) names.push(key.slice(prefix.length + 1));
  return names;
}
