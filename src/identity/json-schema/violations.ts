/** A rule of a schema that a value breaks. */
export interface Violation {
  /** Where in the value. */
  path: string[];
  /** The rule, in words that hold nothing of the value. */
  rule: string;
}

/** Says what a value breaks: NONE where it is right, as nearly all are, for which nothing is made. */
export type Check = (value: unknown) => readonly Violation[];

export const NONE: readonly Violation[] = [];

export function broken(rule: string, ...path: string[]): readonly Violation[] {
  return [{ path, rule }];
}

/** Of a schema that takes nothing. */
export const REFUSED: Check = () => broken('must not be given');

/** The violations of a part, as those of the whole. */
export function within(step: string, found: readonly Violation[]): readonly Violation[] {
  return found === NONE ? NONE : found.map(({ path, rule }) => ({ path: [step, ...path], rule }));
}

export function both(some: readonly Violation[], more: readonly Violation[]): readonly Violation[] {
  if (more === NONE) return some;
  return some === NONE ? more : [...some, ...more];
}

/** All that a value breaks of several rules. */
export function checkAll(checks: readonly Check[], value: unknown): readonly Violation[] {
  let found = NONE;
  for (const check of checks) found = both(found, check(value));
  return found;
}
