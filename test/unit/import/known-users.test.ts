import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.js';
import type { StallReport } from '../../../src/contract/stall.js';
import { checkKnownUsers, tryKnownUsers } from '../../../src/import/known-users.js';
import { KratosError, type SignInAnswer, type SignIns } from '../../../src/kratos/kratos.js';
import { RetryAfterGate } from '../../../src/kratos/retry-after-gate.js';
import { FolderRoot } from '../../../src/store/folder-root.js';
import type { ImportRoot } from '../../../src/store/import-root.js';

const SECRET = 'Zq-secret';
const known = (identifier: string, password = SECRET) => ({ identifier, password });

/** Answers by identifier, each once and then the last one again; the sessions that are open. */
class SignInsInMemory implements SignIns {
  readonly open = new Set<string>();
  signOutFails: KratosError[] = [];

  constructor(private readonly answers: Record<string, (SignInAnswer['kind'] | KratosError)[]>) {}

  signIn(identifier: string): Promise<SignInAnswer> {
    const answers = this.answers[identifier]!;
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof KratosError) return Promise.reject(answer);
    if (answer !== 'signed_in') return Promise.resolve({ kind: answer });
    this.open.add(identifier);
    return Promise.resolve({ kind: answer, token: identifier });
  }

  signOut(token: string): Promise<void> {
    const failure = this.signOutFails.shift();
    if (failure) return Promise.reject(failure);
    this.open.delete(token);
    return Promise.resolve();
  }
}

let folder: string;
let importRoot: ImportRoot;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'known-users-'));
  importRoot = new FolderRoot(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(content: string | Buffer | object): Promise<string> {
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
  await writeFile(path.join(folder, 'known.json'), isRaw ? content : JSON.stringify(content));
  return 'known.json';
}

async function refusal(file: string, signIns: SignIns | undefined = new SignInsInMemory({})) {
  const error: unknown = await checkKnownUsers({ importRoot, signIns }, file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PreflightError)) throw new Error('it was not refused', { cause: error });
  expect(error.message).not.toContain('Zq');
  return error.message;
}

describe('the list of known users', () => {
  it.each<[what: string, content: string | Buffer | object, why: string]>([
    ['no JSON', `[{"identifier": ${SECRET}`, 'it is not JSON'],
    ['other bytes than UTF-8', Buffer.from('["\xff"]', 'latin1'), 'it is not JSON'],
    ['an object', { 'Zq@example.com': SECRET }, 'it is not a list of 1 to 50 objects'],
    ['nobody', [], 'it is not a list of 1 to 50 objects'],
    ['too many', Array(51).fill(known('Zq')), 'it is not a list of 1 to 50 objects'],
    ['a text', [known('Zq'), SECRET], 'number 2 of its list is not an object'],
    ['a number for a password', [{ identifier: 'Zq', password: 7 }], 'number 1 of its list'],
    ['an empty password', [known('Zq', '')], 'number 1 of its list'],
    ['another key', [{ ...known('Zq'), Zq: SECRET }], 'number 1 of its list'],
    ['too much', [known('Zq', 'Zq'.repeat(64 * 1024))], 'it has more than 64 KiB'],
  ])('is refused with %s, and nothing of it is quoted', async (_, content, why) => {
    expect(await refusal(await write(content))).toContain(`canarySignIns: "known.json": ${why}`);
  });

  it('is refused where it is missing, no file, or outside the import root', async () => {
    expect(await refusal('nowhere.json')).toBe(
      'canarySignIns: "nowhere.json": there is no such file below the worker\'s import root.',
    );
    expect(await refusal('../known.json')).toContain('it lies outside');
    await symlink('/etc/hostname', path.join(folder, 'link.json'));
    expect(await refusal('link.json')).toContain('it lies outside');
    await symlink(folder, path.join(folder, 'folder.json'));
    expect(await refusal('folder.json')).toContain('it lies outside');
  });

  it('is refused by a worker that does not know where users sign in', async () => {
    const file = await write([known('a')]);
    await expect(checkKnownUsers({ importRoot }, file)).rejects.toThrow(/Set KRATOS_PUBLIC_URL/);
  });

  it('is taken with a byte order mark', async () => {
    const file = await write(`\ufeff${JSON.stringify([known('a')])}`);
    await checkKnownUsers({ importRoot, signIns: new SignInsInMemory({}) }, file);
  });
});

describe('the sign-ins of known users', () => {
  async function tried(signIns: SignInsInMemory, identifiers: string[]) {
    const stalls: Omit<StallReport, 'runId'>[] = [];
    const trial = await tryKnownUsers(
      { importRoot, signIns },
      await write(identifiers.map((identifier) => known(identifier))),
      {
        signal: new AbortController().signal,
        retryAfter: new RetryAfterGate(),
        onStall: (stall) => void stalls.push(stall),
      },
    );
    return { trial, stalls };
  }

  it('are told by number and outcome, and leave no session', async () => {
    const refused = new KratosError('blocked', 'Kratos answered 403: log in', { status: 403 });
    const signIns = new SignInsInMemory({
      ...{ a: ['signed_in'], b: ['wrong'], c: ['other'], d: [refused], e: ['signed_in'] },
      f: [new KratosError('unauthorized', 'Kratos answered 401: log in')],
    });
    const { trial, stalls } = await tried(signIns, ['a', 'b', 'c', 'd', 'e', 'f']);
    expect(trial).toEqual({ total: 6, wrong: [2], others: [3, 4, 6], leftOpen: [] });
    expect(signIns.open.size).toBe(0);
    expect(stalls).toEqual([]);
  });

  it('wait for a Kratos that cannot be reached, and say so', async () => {
    const away = new KratosError('unavailable', 'Kratos does not answer: log in (ECONNREFUSED)');
    const signIns = new SignInsInMemory({ a: [away, 'signed_in'] });
    signIns.signOutFails = [away];
    const { trial, stalls } = await tried(signIns, ['a']);
    expect(trial).toEqual({ total: 1, wrong: [], others: [], leftOpen: [] });
    expect(signIns.open.size).toBe(0);
    expect(stalls.map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
  });

  it('name the sessions that could not be ended', async () => {
    const signIns = new SignInsInMemory({ a: ['signed_in'], b: ['signed_in'] });
    signIns.signOutFails = [new KratosError('blocked', 'Kratos answered 405: log out')];
    const { trial } = await tried(signIns, ['a', 'b']);
    expect(trial).toEqual({ total: 2, wrong: [], others: [], leftOpen: [1] });
  });

  it('end no import when their list has gone since it began', async () => {
    const policy = {
      signal: new AbortController().signal,
      retryAfter: new RetryAfterGate(),
      onStall: () => undefined,
    };
    const deps = { importRoot, signIns: new SignInsInMemory({}) };
    expect(await tryKnownUsers(deps, 'gone.json', policy)).toEqual({
      problem: 'canarySignIns: "gone.json": there is no such file below the worker\'s import root.',
    });
  });
});
