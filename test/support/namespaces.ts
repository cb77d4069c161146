import { readdirSync } from 'node:fs';
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

/** The namespaces of all test files that use servers. */
export function allNamespaces(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.server.test.ts'))
    .map((file) => namespaceOf(path.join(TESTS, file)));
}
