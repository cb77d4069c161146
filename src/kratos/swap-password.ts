/**
 * Another hash in the place of a user's password, and only where it is still the one that was meant: a compare-and-set,
 * which Kratos does not have as a request.
 *
 * From v25.4 on a patch sees the credentials. Whoever chooses a password writes all of its configuration anew, so that
 * a mark put into it is gone then, and a patch that takes the mark away as well is refused. Kratos before that compares
 * nothing: there no password is set while its user is signed in, as everybody is who is choosing one, and it is put
 * back where somebody has come in meanwhile.
 */
import type { PatchOperation } from '../identity/identity.js';
import { KratosError, type PasswordSwap, type SwapResult } from './kratos.js';

/** What a swap needs of Kratos; each throws a KratosError. */
export interface PasswordApi {
  /** The hash of the user's password now. */
  hash(): Promise<string | undefined>;
  /** @returns false when the patch cannot be applied to what is there */
  patch(operations: PatchOperation[]): Promise<boolean>;
  isSignedIn(): Promise<boolean>;
}

const CONFIG = '/credentials/password/config';
const MARK_PATH = `${CONFIG}/csv_import`;
const UNMARK: PatchOperation = { op: 'remove', path: MARK_PATH };
/** Kratos sets the time by itself. Where patches do not see credentials, there is none to remove, and nothing is done. */
const MARK: PatchOperation[] = [
  { op: 'remove', path: '/credentials/password/updated_at' },
  { op: 'add', path: MARK_PATH, value: true },
];
/** Another attempt, or another import, may take the mark away. */
const TRIES = 3;

/**
 * @param compares whether patches see credentials; undefined when it is not known
 * @returns what became of it, and whether patches see credentials
 */
export async function swapPassword(
  api: PasswordApi,
  swap: PasswordSwap,
  compares: boolean | undefined,
): Promise<{ result: SwapResult; compares: boolean | undefined }> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const before = await compare(api, swap);
    if (before) return { result: before, compares };
    if (compares === false || !(await api.patch(MARK))) {
      return { result: await swapUncompared(api, swap), compares: false };
    }
    const marked = await compare(api, swap);
    if (marked) {
      await api.patch([UNMARK]);
      return { result: marked, compares: true };
    }
    const taken = await api.patch([UNMARK, replace(swap.to)]);
    if (taken) return { result: 'replaced', compares: true };
  }
  throw new KratosError('unavailable', 'the password of a user is being changed by others');
}

/** @returns undefined where the password is the one to be replaced */
async function compare(
  api: PasswordApi,
  { from, to }: PasswordSwap,
): Promise<SwapResult | undefined> {
  const hash = await api.hash();
  if (hash === to) return 'replaced';
  return hash === from ? undefined : 'other';
}

async function swapUncompared(api: PasswordApi, swap: PasswordSwap): Promise<SwapResult> {
  const { from, to, evenSignedIn = false } = swap;
  const isInUse = async () => !evenSignedIn && (await api.isSignedIn());
  if (await isInUse()) return 'signed_in';
  const before = await compare(api, swap);
  if (before) return before;
  await set(api, to);
  const after = await compare(api, swap);
  if (after !== 'replaced') return after ?? refused();
  if (!(await isInUse())) return 'replaced';
  await set(api, from);
  return 'signed_in';
}

async function set(api: PasswordApi, hash: string): Promise<void> {
  // All of it: before v25.4 what a patch leaves out of it is lost.
  const operation = { op: 'add', path: CONFIG, value: { hashed_password: hash } } as const;
  if (!(await api.patch([operation]))) refused();
}

function refused(): never {
  const details = { status: 400, reason: 'it changes no password of an existing user' };
  throw new KratosError('refused', 'Kratos refused: set a password', details);
}

function replace(value: string): PatchOperation {
  return { op: 'replace', path: `${CONFIG}/hashed_password`, value };
}
