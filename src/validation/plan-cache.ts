import { stat } from 'node:fs/promises';
import {
  parametersDigest,
  type ProjectParameters,
} from '../passwords/formats/project-parameters.js';
import { HASHING_PROBLEMS, HashingError } from '../passwords/hashing-error.js';
import type { RunLayout } from '../store/run-layout.js';
import { createRowCheck } from './row.js';
import { readPlan, type Plan } from '../store/plan.js';

/** A plan with its rules made ready, which costs more than checking the rows of a chunk. */
export interface LoadedPlan {
  plan: Plan;
  checkRow: ReturnType<typeof createRowCheck>;
}

/** More imports than this at once in one worker only load their plans again now and then. */
const KEPT = 8;

/** The plans of the runs that a worker is at. A plan changes only when its import is reset and validates anew. */
export class PlanCache {
  private readonly kept = new Map<string, LoadedPlan>();

  /** @param projectParameters this worker's, which no plan holds */
  constructor(private readonly projectParameters: ProjectParameters = {}) {}

  /**
   * @throws an ENOENT error when this worker does not see the run's folder; HashingError when it has other parameters
   * than the one that validated the file
   */
  async get(folder: RunLayout): Promise<LoadedPlan> {
    const key = `${folder.path} ${(await stat(folder.plan)).mtimeMs}`;
    const known = this.kept.get(key);
    if (known) return known;
    const plan = await readPlan(folder);
    const projectParameters = this.parametersOf(plan);
    const loaded = { plan, checkRow: createRowCheck({ ...plan, projectParameters }) };
    this.kept.set(key, loaded);
    const oldest = this.kept.keys().next();
    if (this.kept.size > KEPT && !oldest.done) this.kept.delete(oldest.value);
    return loaded;
  }

  /** With others, the hashes would be such that nobody gets in. */
  private parametersOf({ parametersDigest: digest }: Plan): ProjectParameters | undefined {
    if (digest === undefined) return undefined;
    if (parametersDigest(this.projectParameters) === digest) return this.projectParameters;
    throw new HashingError(HASHING_PROBLEMS.otherParameters);
  }
}
