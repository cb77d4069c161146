import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Every execution evaluates them anew, and keeps them as long as it is in the cache of a worker. */
it('an execution of a chunk loads no package but the SDK', () => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) visit(path.join(path.dirname(file), name.replace(/\.js$/, '.ts')));
      else packages.add(name);
    }
  };
  visit('workflows/interceptors.ts');
  visit('workflows/import-chunk.ts');
  expect(seen).toContain('workflows/shared/activity-options.ts');
  expect([...packages].sort()).toEqual([
    '@temporalio/workflow',
    '@temporalio/workflow/lib/global-attributes.js',
  ]);
});

/** What is left of its imports once the types are gone. */
function importsOf(file: string): string[] {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext };
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions });
  return ts.preProcessFile(outputText).importedFiles.map(({ fileName }) => fileName);
}
