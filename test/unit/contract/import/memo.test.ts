import { describe, expect, it } from 'vitest';
import { memoOf } from '../../../../src/contract/import/memo.js';
import { inputOf } from '../../../support/planned-run.js';

const INPUT = inputOf();

describe('what lists show of an import', () => {
  it('is its file, its actor and its mode, and the digest once it is known', () => {
    const started = { file: 'users.csv', actor: 'alice', mode: 'skip' };
    expect(memoOf(INPUT)).toEqual(started);
    expect(memoOf({ ...INPUT, dryRun: 'live' }, 'abc')).toEqual({
      ...started,
      dryRun: 'live',
      sha256: 'abc',
    });
    const ofSource = inputOf({ mode: 'update', missing: { scope: 'hr' } });
    expect(memoOf(ofSource)).toEqual({ ...started, mode: 'update', scope: 'hr' });
  });
});
