// Whether dist/ was built from the sources as they are. Plain Node, since it is asked before anything is installed.
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (/** @type {string[]} */ ...names) => path.join(root, ...names);

const STAMP = at('dist', '.built');
const SOURCES = [
  ...['src', 'workflows', 'activities', 'dev', 'scripts', 'tsconfig.json'],
  // The workflows' bundle holds the packages that they import.
  ...['package.json', 'package-lock.json'],
];

export function isBuilt() {
  const stamp = statSync(STAMP, { throwIfNoEntry: false });
  return stamp !== undefined && SOURCES.every((name) => newest(at(name)) <= stamp.mtimeMs);
}

/**
 * The last thing of a build.
 * @param {Date} started when it began: a source changed meanwhile counts as newer
 */
export function markBuilt(started) {
  writeFileSync(STAMP, '');
  utimesSync(STAMP, started, started);
}

/** @returns {number} the latest change of a file or folder (a folder changes when a file in it is removed) */
function newest(/** @type {string} */ target) {
  const found = statSync(target, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  const inside = found.isDirectory()
    ? readdirSync(target).map((name) => newest(path.join(target, name)))
    : [];
  return Math.max(found.mtimeMs, ...inside);
}
