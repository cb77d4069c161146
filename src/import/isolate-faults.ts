/** A fault of this program on one row costs that row, as a row on which Kratos breaks does. */
import { isProgramFault } from '../contract/errors.js';
import type { Candidate } from './candidate.js';
import { programFault, type Decisions } from './decision.js';

export interface FaultContext {
  /** Called for each fault: what was sent before it may have been done. */
  onFault: () => void;
  /** Whether rows are given up also when the program fails on each of them. */
  isLastTry: boolean;
}

/**
 * Does the work for all candidates at once; where the program fails on it, for each half of them, down to the rows on
 * which it fails.
 * @param work safe to do again for candidates that it was done for in part
 * @throws what the work throws for other reasons; and the program's own fault when it hits each of several rows, so that
 * a fault that passes is waited for
 */
export async function isolateFaults(
  candidates: Candidate[],
  work: (candidates: Candidate[]) => Promise<Decisions>,
  { onFault, isLastTry }: FaultContext,
): Promise<Decisions> {
  const faults: Error[] = [];
  const halve = async (part: Candidate[]): Promise<Decisions> => {
    try {
      return await work(part);
    } catch (error) {
      if (!isProgramFault(error)) throw error;
      onFault();
      const [first, ...others] = part;
      if (first && others.length === 0) {
        faults.push(error);
        return new Map([[first.line, programFault(error)]]);
      }
      const middle = part.length >> 1;
      return new Map([
        ...(await halve(part.slice(0, middle))),
        ...(await halve(part.slice(middle))),
      ]);
    }
  };
  const decisions = await halve(candidates);
  if (faults.length > 1 && faults.length === candidates.length && !isLastTry) throw faults[0]!;
  return decisions;
}
