import { describe, expect, it } from 'vitest';
import { importTitle, titleOf } from '../../../src/contract/titles.js';

const INPUT = { file: 'users.csv', actor: 'alice', mode: 'skip', dryRun: false } as const;

describe('a title in Temporal’s UI', () => {
  it('says what is imported, and on whose behalf', () => {
    expect(importTitle(INPUT)).toBe('Import users.csv on behalf of alice');
    expect(importTitle({ ...INPUT, mode: 'update', dryRun: 'file' })).toBe(
      'Dry run (file) of users.csv on behalf of alice, updates existing users',
    );
    const retryOf = { workflowId: 'import-1', runId: '01234567-89ab-cdef-0123-456789abcdef' };
    expect(importTitle({ ...INPUT, retryOf })).toBe(
      'Import users.csv (a retry of import-1) on behalf of alice',
    );
  });

  it('is one that Temporal takes, and shows the end of a long path', () => {
    const long = { ...INPUT, mode: 'update', dryRun: 'file', actor: '"'.repeat(250) } as const;
    const retryOf = { workflowId: 'x'.repeat(200), runId: '01234567-89ab-cdef-0123-456789abcdef' };
    const file = `${'𐍈/'.repeat(2_000)}users.csv`;
    const summary = importTitle({ ...long, file, retryOf });
    expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(400);
    expect(summary).toContain('/users.csv (a retry of …x');
    expect(summary).toContain('x) on behalf of …"');
  });

  it('of an undo names the import', () => {
    expect(titleOf('Undo', { workflowId: 'import-1', actor: 'bob' })).toBe(
      'Undo of import-1 on behalf of bob',
    );
  });
});
