import { describe, expect, it } from 'vitest';
import { KratosError, type SwapResult } from '../../../src/kratos/kratos.js';
import { swapPassword, type PasswordApi } from '../../../src/kratos/swap-password.js';
import type { PatchOperation } from '../../../src/identity/identity.js';

const SWAP = { from: 'placeholder', to: 'old hash' };
const CONFIG = '/credentials/password/config';

/** One user's password as Kratos keeps it, and the requests that reach it. */
class Credential implements PasswordApi {
  config: Record<string, unknown> = { hashed_password: SWAP.from };
  signedIn = false;
  writes = 0;
  /** Something that others do right before the request of that number. */
  before: Record<number, (() => void) | undefined> = {};
  private requests = 0;

  /** @param compares v25.4 and later: patches see credentials */
  constructor(private readonly compares: boolean) {}

  get password(): unknown {
    return this.config['hashed_password'];
  }

  /** By the settings page, for which they have signed in. */
  choose(): void {
    this.signedIn = true;
    this.config = { hashed_password: 'chosen' };
  }

  async hash(): Promise<string> {
    this.count();
    return String(this.password);
  }

  async isSignedIn(): Promise<boolean> {
    this.count();
    return this.signedIn;
  }

  async patch(operations: PatchOperation[]): Promise<boolean> {
    this.count();
    const config = this.compares ? { ...this.config } : {};
    for (const operation of operations) {
      const { op, path } = operation;
      if (op === 'remove' && path === '/credentials/password/updated_at') {
        if (!this.compares) return false;
      } else if (path === CONFIG && op === 'add') {
        for (const key of Object.keys(config)) Reflect.deleteProperty(config, key);
        Object.assign(config, operation.value);
      } else {
        const key = path.slice(CONFIG.length + 1);
        if (op === 'remove' && !(key in config)) return false;
        if (op === 'remove') Reflect.deleteProperty(config, key);
        else config[key] = operation.value;
      }
    }
    this.writes++;
    this.config = config;
    return true;
  }

  get count(): () => void {
    return () => this.before[++this.requests]?.();
  }

  get asked(): number {
    return this.requests;
  }
}

async function swapAt(
  credential: Credential,
  { evenSignedIn = false, compares }: { evenSignedIn?: boolean; compares?: boolean } = {},
): Promise<SwapResult> {
  return (await swapPassword(credential, { ...SWAP, evenSignedIn }, compares)).result;
}

/** More requests than any swap makes. */
const EVERY_REQUEST = Array.from({ length: 10 }, (_, i) => i + 1);

describe.each([
  ['that compares', true],
  ['before v25.4', false],
])('swapping a password at a Kratos %s', (_, compares) => {
  it('replaces the hash that was meant, and leaves no mark', async () => {
    const credential = new Credential(compares);
    expect(await swapAt(credential)).toBe('replaced');
    expect(credential.config).toEqual({ hashed_password: SWAP.to });
  });

  it('writes nothing the second time', async () => {
    const credential = new Credential(compares);
    await swapAt(credential);
    const { writes } = credential;
    expect(await swapAt(credential)).toBe('replaced');
    expect(credential.writes).toBe(writes);
  });

  it('leaves any other hash as it is', async () => {
    const credential = new Credential(compares);
    credential.choose();
    expect(await swapAt(credential)).toBe('other');
    expect(credential.config).toEqual({ hashed_password: 'chosen' });
    expect(credential.writes).toBe(0);
  });

  it('finds out once whether patches see credentials', async () => {
    const credential = new Credential(compares);
    const found = await swapPassword(credential, SWAP, undefined);
    expect(found.compares).toBe(compares);
    const again = new Credential(compares);
    expect((await swapPassword(again, SWAP, found.compares)).result).toBe('replaced');
  });

  it('goes on from the mark that an attempt has left', async () => {
    const credential = new Credential(compares);
    credential.config = { ...credential.config, csv_import: true };
    expect(await swapAt(credential)).toBe('replaced');
    expect(credential.config).toEqual({ hashed_password: SWAP.to });
  });
});

describe('a person who chooses a password meanwhile', () => {
  it.each(EVERY_REQUEST)('keeps it where Kratos compares (request %i)', async (request) => {
    const credential = new Credential(true);
    credential.before[request] = () => credential.choose();
    const result = await swapAt(credential);
    if (request > credential.asked) expect(result).toBe('replaced');
    else {
      expect(result).toBe('other');
      expect(credential.config).toEqual({ hashed_password: 'chosen' });
    }
  });

  it.each(EVERY_REQUEST)(
    'never has the old one, told as set, before v25.4 (request %i)',
    async (request) => {
      const credential = new Credential(false);
      credential.before[request] = () => credential.choose();
      const result = await swapAt(credential);
      if (request > credential.asked) expect(result).toBe('replaced');
      else {
        expect(result).not.toBe('replaced');
        expect(credential.password).not.toBe(SWAP.to);
      }
    },
  );

  it('is left alone from the moment they are signed in, before v25.4', async () => {
    const credential = new Credential(false);
    credential.signedIn = true;
    expect(await swapAt(credential)).toBe('signed_in');
    expect(credential.password).toBe(SWAP.from);
    expect(await swapAt(credential, { evenSignedIn: true })).toBe('replaced');
  });

  it('does not matter where they are signed in and Kratos compares', async () => {
    const credential = new Credential(true);
    credential.signedIn = true;
    expect(await swapAt(credential)).toBe('replaced');
  });
});

describe('a Kratos that takes no password for an existing user', () => {
  it('refuses, and nothing is told as set', async () => {
    const credential = new Credential(false);
    credential.patch = async () => false;
    await expect(swapAt(credential)).rejects.toThrow(KratosError);
    credential.patch = async () => true;
    await expect(swapAt(credential, { compares: false })).rejects.toThrow(/refused/);
  });

  it('is asked again where others take the mark away each time', async () => {
    const credential = new Credential(true);
    const { patch } = credential;
    credential.patch = (operations) =>
      operations.length === 2 && operations[1]!.op === 'replace'
        ? Promise.resolve(false)
        : patch.call(credential, operations);
    await expect(swapAt(credential)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(credential.password).toBe(SWAP.from);
  });
});
