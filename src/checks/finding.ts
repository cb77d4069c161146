/** What a check of the installation found, and what to do about it. Pure. */

/** In the order in which they are told. */
export const CHECKS = {
  settings: 'settings',
  temporal: 'Temporal',
  workers: 'workers',
  'search-attributes': 'search attributes',
  'temporal-ui': "Temporal's UI",
  'kratos-admin': 'Kratos, admin',
  'kratos-clock': 'Kratos, clock',
  'kratos-public': 'Kratos, public',
  'identity-schema': 'identity schema',
  recovery: 'recovery',
  mail: 'mail',
  'test-mail': 'test mail',
  'import-root': 'IMPORT_ROOT',
  'import-runs': 'IMPORT_RUNS',
  audit: 'audit database',
  hashing: 'hashing',
} as const;

export type CheckName = keyof typeof CHECKS;

/**
 *   ok       as an import needs it
 *   warning  some imports will miss it
 *   failed   imports will fail, or wait, until it is mended
 *   skipped  not asked for, or something else has to be mended first
 */
export interface Outcome {
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  text: string;
  /** What to do. */
  remedy?: string;
  /** A server did not answer. */
  isUnreachable?: boolean;
}

export interface Finding extends Outcome {
  check: CheckName;
}

export const ok = (text: string): Outcome => ({ status: 'ok', text });
export const skipped = (text: string): Outcome => ({ status: 'skipped', text });
export const warning = (text: string, remedy: string): Outcome => {
  return { status: 'warning', text, remedy };
};
export const failed = (text: string, remedy: string): Outcome => {
  return { status: 'failed', text, remedy };
};
export const unreachable = (text: string, remedy: string): Outcome => {
  return { status: 'failed', text, remedy, isUnreachable: true };
};

/** No server that works takes so long. */
export const LIMIT_MS = 10_000;

/** A check always comes to an end, and the others go on whatever comes of it. */
export async function findOut(
  check: CheckName,
  look: () => Promise<Outcome> | Outcome,
  limitMs = LIMIT_MS,
): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Outcome>((resolve) => {
    const text = `no answer within ${limitMs / 1000} s`;
    const late = unreachable(text, 'See whether it is running, and whether a firewall is between.');
    timer = setTimeout(() => resolve(late), limitMs);
  });
  try {
    return { check, ...(await Promise.race([look(), tooLate])) };
  } catch (error) {
    // Its message may quote a setting.
    const { name, code } = error as NodeJS.ErrnoException;
    const what = code === undefined ? name : `${name}, ${code}`;
    return { check, ...failed(`could not be found out (${what})`, 'Please report this.') };
  } finally {
    clearTimeout(timer);
  }
}

/** The others of a group, when the first of them shows that they cannot be found out. */
export function skipAll(checks: CheckName[], text: string): Finding[] {
  return checks.map((check) => ({ check, ...skipped(text) }));
}
