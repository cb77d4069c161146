import { expect, it } from 'vitest';
import { chunkLabel, isUndoOf, withoutLabel } from '../../../src/contract/ids.js';

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

it.each([
  ['It is away', 'It is away.'],
  ['It is away.', 'It is away.'],
  ['Does it run?', 'Does it run?'],
])('the message "%s" without its label is "%s"', (message, expected) => {
  const label = chunkLabel({ workflowId: 'users', runId: 'a-run' }, 2);
  expect(withoutLabel(`${message} ${label}`)).toBe(expected);
});
