import { describe, expect, it } from 'vitest';
import { memoOf } from '../../../../src/contract/import/memo.js';

const INPUT = { file: 'users.csv', actor: 'alice', mode: 'skip', dryRun: false } as const;

describe('what lists show of an import', () => {
  it('is its file, its actor and its mode, and the digest once it is known', () => {
    const started = { file: 'users.csv', actor: 'alice', mode: 'skip' };
    expect(memoOf(INPUT)).toEqual(started);
    expect(memoOf({ ...INPUT, dryRun: 'live' }, 'abc')).toEqual({
      ...started,
      dryRun: 'live',
      sha256: 'abc',
    });
  });
});
