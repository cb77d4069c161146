/**
 * The known users of a canary: their sign-ins show, before the rest of the file goes, whether the imported passwords
 * work. Nothing of their list leaves this file but their numbers in it.
 */
import { z } from 'zod';
import { PreflightError } from '../contract/errors.js';
import type { SignInResults, SignInTrial } from '../contract/import/sign-ins.js';
import { readFully } from '../csv/byte-source.js';
import { FileError } from '../csv/file-error.js';
import { KratosError, type SignIns } from '../kratos/kratos.js';
import { retry, type RetryPolicy } from '../kratos/with-retries.js';
import type { ImportRoot } from '../store/import-root.js';

export interface KnownUsersDeps {
  importRoot: ImportRoot;
  /** Undefined: the worker does not know Kratos's public API. */
  signIns?: SignIns | undefined;
}

interface KnownUser {
  identifier: string;
  password: string;
}

const MOST_USERS = 50;
/** Far more than fifty users need. */
const MOST_BYTES = 64 * 1024;
const FORM = '{"identifier":"…","password":"…"}';
const KNOWN_USER = z.strictObject({ identifier: z.string().min(1), password: z.string().min(1) });

/**
 * Proves that the sign-ins can be tried later.
 * @param file path below the import root
 * @throws PreflightError, which quotes nothing of the file
 */
export async function checkKnownUsers(deps: KnownUsersDeps, file: string): Promise<void> {
  await prepare(deps, file);
}

/** Tries to sign in as each of them, one after the other, and ends the sessions again. */
export async function tryKnownUsers(
  deps: KnownUsersDeps,
  file: string,
  policy: RetryPolicy,
): Promise<SignInTrial> {
  try {
    const { signIns, users } = await prepare(deps, file);
    return await trySignIns(signIns, users, policy);
  } catch (error) {
    // The canary rows are imported: whoever approves the others is told, and the import does not end.
    if (error instanceof PreflightError) return { problem: error.message };
    throw error;
  }
}

async function prepare(
  { importRoot, signIns }: KnownUsersDeps,
  file: string,
): Promise<{ signIns: SignIns; users: KnownUser[] }> {
  if (!signIns) {
    throw new PreflightError(
      'canarySignIns: this worker does not know where users sign in. Set KRATOS_PUBLIC_URL of all workers, or leave canarySignIns out.',
    );
  }
  return { signIns, users: parse(await read(importRoot, file), file) };
}

async function read(importRoot: ImportRoot, file: string): Promise<Buffer> {
  const source = await importRoot.open(file).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    const { code, message } = error.problem;
    throw new PreflightError(`canarySignIns: ${message.slice(`${code}: `.length)}`);
  });
  try {
    const bytes = await readFully(source, 0, MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) throw refusal(file, 'it has more than 64 KiB.');
    return bytes;
  } finally {
    await source.close();
  }
}

function parse(bytes: Buffer, file: string): KnownUser[] {
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes what it cannot read.
    throw refusal(file, 'it is not JSON.');
  }
  if (!Array.isArray(list) || list.length < 1 || list.length > MOST_USERS) {
    throw refusal(file, `it is not a list of 1 to ${MOST_USERS} objects ${FORM}.`);
  }
  return list.map((entry: unknown, i) => {
    const known = KNOWN_USER.safeParse(entry);
    if (known.success) return known.data;
    throw refusal(file, `number ${i + 1} of its list is not an object ${FORM} of two texts.`);
  });
}

function refusal(file: string, why: string): PreflightError {
  return new PreflightError(`canarySignIns: "${file}": ${why}`);
}

async function trySignIns(
  signIns: SignIns,
  users: KnownUser[],
  policy: RetryPolicy,
): Promise<SignInResults> {
  const results: SignInResults = { total: users.length, wrong: [], others: [], leftOpen: [] };
  for (const [index, { identifier, password }] of users.entries()) {
    const number = index + 1;
    const answer = await send(() => signIns.signIn(identifier, password), policy);
    const { kind, token } = answer ?? { kind: 'other' };
    if (kind === 'wrong') results.wrong.push(number);
    if (kind === 'other') results.others.push(number);
    if (token === undefined) continue;
    const isEnded = await send(() => signIns.signOut(token).then(() => true), policy);
    if (!isEnded) results.leftOpen.push(number);
  }
  return results;
}

/**
 * A request that only a Kratos which cannot be reached holds up.
 * @returns undefined when Kratos, or something in front of it, refuses it or breaks on it
 */
function send<T>(request: () => Promise<T>, policy: RetryPolicy): Promise<T | undefined> {
  return retry<T | undefined>(async () => {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof KratosError) || error.kind === 'unavailable') throw error;
      return undefined;
    }
  }, policy);
}
