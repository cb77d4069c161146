/** What a list of workflows shows of an import besides its id. */
import type { ImportInput } from './input.js';

type Described = Pick<ImportInput, 'file' | 'actor' | 'mode' | 'dryRun' | 'missing'>;

/** @param sha256 of the file, once it is known */
export function memoOf(
  { file, actor, mode, dryRun, missing }: Described,
  sha256?: string,
): Record<string, string> {
  return {
    file,
    actor,
    mode,
    ...(dryRun === false ? {} : { dryRun }),
    ...(missing.scope === undefined ? {} : { scope: missing.scope }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}
