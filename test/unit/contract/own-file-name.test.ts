import { describe, expect, it } from 'vitest';
import { ownFileName } from '../../../src/contract/own-file-name.js';

const SHA256 = `5a1f963d6106${'0'.repeat(52)}`;

describe('the name that people know a file by', () => {
  it.each([
    ['users-5a1f963d6106.csv', 'users.csv'],
    ['users.csv-5a1f963d6106.gz', 'users.csv.gz'],
    ['new users-5a1f963d6106', 'new users'],
  ])('has no digest of its content: %s', (file, own) => {
    expect(ownFileName(file, { sha256: SHA256 })).toBe(own);
  });

  it('is known by the id of the import, too, where the file was not read to its end', () => {
    const workflowId = 'import-users-5a1f963d6106-dry-run';
    expect(ownFileName('users-5a1f963d6106.csv', { workflowId })).toBe('users.csv');
  });

  it.each(['users.csv', 'users-202611021430.csv', '-5a1f963d6106.csv', 'team/users.csv'])(
    'is its own, whatever digits it ends in: %s',
    (file) => {
      expect(ownFileName(file, { sha256: SHA256, workflowId: 'import-1' })).toBe(file);
    },
  );
});
