/** Files that somebody writes while they are validated. */
import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileProblem } from '../../support/fixtures.js';
import { personSchema } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, temporaryFolder } from '../../support/planned-run.js';

const TEXT = 'external_id,email,first_name,last_name\n1,ann@example.com,Ann,Oak\n';

describe('a file that is written between the reading of its header and of its rows', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    [
      'with columns in another order',
      (path) => writeFile(path, TEXT.replace('first_name,last_name', 'last_name,first_name')),
    ],
    ['with more rows', (path) => appendFile(path, '2,ben@example.com,Ben,Ash\n')],
    ['with fewer rows', (path) => truncate(path, TEXT.length - 3)],
  ])('%s is file_changed', async (_how, write) => {
    const root = await temporaryFolder();
    // Asked for as soon as the header has shown that there are such ids.
    class SlowKratos extends KratosInMemory {
      override async supports() {
        await write(join(root, 'imports', 'users.csv'));
        return true;
      }
    }
    const kratos = new SlowKratos({ schemas: [personSchema] });
    const problem = await fileProblem(PlannedRun.below(root, TEXT, { kratos }));
    expect(problem.code).toBe('file_changed');
  });
});
