import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWorkflowId } from '../../../src/contract/ids.js';
import { folderOfWorkflow, workflowOfFolder } from '../../../src/store/workflow-folder.js';

test('the id of a schedule names a folder without a colon', () => {
  expect(folderOfWorkflow('nightly-2026-11-27T15:00:00Z')).toBe('nightly-2026-11-27T15+00+00Z');
  expect(folderOfWorkflow('import-2026_11.a')).toBe('import-2026_11.a');
});

const ID = fc.stringMatching(/^[A-Za-z0-9._:-]{1,200}$/).filter(isWorkflowId);

test('no two ids share a folder, and none of them leads elsewhere', () => {
  fc.assert(
    fc.property(ID, (id) => {
      const folder = folderOfWorkflow(id);
      expect(folder).toMatch(/^(?!\.+$)[A-Za-z0-9._+-]{1,200}$/);
      expect(workflowOfFolder(folder)).toBe(id);
    }),
  );
});

test.each(['a:b', 'lost+found/x', '..', '', 'a b'])('%j is no folder of an id', (name) => {
  expect(workflowOfFolder(name)).toBeUndefined();
});
