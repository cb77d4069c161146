import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

/** The Temporal namespace of a test file: each has its own, so that all can use the task queue `user-import`. */
export function namespaceOf(testFile: string): string {
  return path
    .relative(TESTS, testFile)
    .replace(/\.server\.test\.ts$/, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
}
