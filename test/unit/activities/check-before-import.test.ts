import { expect, it } from 'vitest';
import { refuseWhileUndone } from '../../../activities/check-before-import.js';

const of = (workflowId: string) => ({ workflowId, runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' });
const open = (importId: string) => (id: string) =>
  Promise.resolve(id === importId ? `undo-${id}` : undefined);

it.each(['users', 'users-retry-2'])('%s does not start while users is being undone', async (id) => {
  await expect(refuseWhileUndone(of(id), open('users'))).rejects.toThrow(
    'An undo of users goes on, or waits for its approval: undo-users.',
  );
});

it.each(['users-2', 'others'])('%s does', async (id) => {
  await expect(refuseWhileUndone(of(id), open('users'))).resolves.toBeUndefined();
});
