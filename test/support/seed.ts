/** Set-up of each test file: lets fast-check begin with the run's seed, which `SEED` names. */
import fc from 'fast-check';

/** The seed of all random choices of this run. */
export const SEED = Number(process.env['SEED']);

fc.configureGlobal({ seed: SEED });
