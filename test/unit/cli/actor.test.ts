import { afterEach, describe, expect, it, vi } from 'vitest';
import { actorOf, personOf } from '../../../src/cli/actor.js';
import { EXIT } from '../../../src/cli/exit.js';

const nothing = (): void => undefined;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('on whose behalf a command runs', () => {
  it('is what was typed, else the setting', async () => {
    vi.stubEnv('IMPORT_ACTOR', 'bob');
    expect(await actorOf('alice', nothing)).toBe('alice');
    expect(await actorOf(undefined, nothing)).toBe('bob');
  });

  it('is wrong use to leave out where nobody can be asked, and says both ways', async () => {
    vi.stubEnv('IMPORT_ACTOR', '');
    const stdin = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY');
    Object.defineProperty(process.stdin, 'isTTY', { value: false, configurable: true });
    try {
      await expect(actorOf(undefined, nothing)).rejects.toMatchObject({
        exitCode: EXIT.wrongUse,
        message: expect.stringMatching(/--actor NAME.*IMPORT_ACTOR/) as string,
      });
    } finally {
      if (stdin) Object.defineProperty(process.stdin, 'isTTY', stdin);
      else Reflect.deleteProperty(process.stdin, 'isTTY');
    }
  });
});

describe('the person of an account', () => {
  const alice = { isRoot: false, isInContainer: false, name: 'alice', sudoUser: undefined };

  it.each([
    ['has its name', alice, 'alice'],
    ['is not known of an id without a name', { ...alice, name: undefined }, undefined],
    ['is not root', { ...alice, isRoot: true, name: 'root' }, undefined],
    [
      'is who became root by sudo',
      { ...alice, isRoot: true, name: 'root', sudoUser: 'bob' },
      'bob',
    ],
    ['is not root that became root', { ...alice, isRoot: true, sudoUser: 'root' }, undefined],
    ['is not the user of a container', { ...alice, name: 'node', isInContainer: true }, undefined],
  ])('%s', (_what, account, person) => {
    expect(personOf(account)).toBe(person);
  });
});
