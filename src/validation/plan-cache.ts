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

/** The plans of the runs that a worker is at: none of them ever changes. */
export class PlanCache {
  private readonly kept = new Map<string, Promise<LoadedPlan>>();

  /** @param projectParameters this worker's, which no plan holds */
  constructor(private readonly projectParameters: ProjectParameters = {}) {}

  /**
   * @throws PlanMissing; HashingError when the worker has other parameters than the one that validated the file
   */
  async get(folder: RunLayout): Promise<LoadedPlan> {
    const key = folder.prefix;
    const known = this.kept.get(key);
    if (known) return known;
    const loading = this.load(folder);
    this.kept.set(key, loading);
    loading.catch(() => this.kept.delete(key));
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT) this.kept.delete(oldest!);
    return loading;
  }

  private async load(folder: RunLayout): Promise<LoadedPlan> {
    const plan = await readPlan(folder);
    const projectParameters = this.parametersOf(plan);
    return { plan, checkRow: createRowCheck({ ...plan, projectParameters }) };
  }

  /** With others, the hashes would be such that nobody gets in. */
  private parametersOf({ parametersDigest: digest }: Plan): ProjectParameters | undefined {
    if (digest === undefined) return undefined;
    if (parametersDigest(this.projectParameters) === digest) return this.projectParameters;
    throw new HashingError(HASHING_PROBLEMS.otherParameters);
  }
}
