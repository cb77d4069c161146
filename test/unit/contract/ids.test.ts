import { expect, it } from 'vitest';
import { isUndoOf } from '../../../src/contract/ids.js';

it.each([
  ['undo-users', 'users', undefined, true],
  ['undo-users-2', 'users', undefined, true],
  ['undo-users-2', 'users', 'users-2', false],
  ['undo-users-2', 'users-2', 'users-2', true],
  ['undo-users-2', 'users-2', 'users', false],
  ['undo-users-10', 'users', undefined, false],
  ['undo-user', 'users', undefined, false],
])('%s undoes %s, where it says %s itself: %s', (workflowId, importId, said, expected) => {
  expect(isUndoOf(workflowId, importId, said)).toBe(expected);
});
