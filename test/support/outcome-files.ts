import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { RunLayout } from '../../src/store/run-layout.js';
import { pathOf } from './planned-run.js';

/** The file with the outcomes of a chunk; its name ends with the checksum of the chunk. */
export function outcomesOf(folder: RunLayout, chunk: number): string {
  const outcomes = pathOf(folder, folder.outcomesFolder);
  const name = readdirSync(outcomes).find(
    (each) => each.startsWith(`${chunk}-`) && each.endsWith('.jsonl'),
  );
  if (name === undefined) throw new Error(`chunk ${chunk} has no outcomes`);
  return path.join(outcomes, name);
}
