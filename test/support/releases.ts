/** Versions of this program, and what tests keep of each: histories of its workflows, folders of its runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { VERSION } from '../../src/version.js';

const CHANGELOG = new URL('../../CHANGELOG.md', import.meta.url);

/** The versions that are released, as CHANGELOG.md has them. */
export function releasedVersions(changelog = readFileSync(CHANGELOG, 'utf8')): string[] {
  return [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+[^\]]*)\]/gm)].map(([, version]) => version!);
}

/** The versions of which something is kept in a folder of tests. */
export function keptVersions(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/**
 * The version whose samples may be recorded: the one that package.json has.
 * @throws Error when it is released: what is kept of it is what its users have, and stays
 */
export function recordableVersion(changelog?: string): string {
  if (!releasedVersions(changelog).includes(VERSION)) return VERSION;
  throw new Error(
    `${VERSION} is released, and what is kept of it stays as it is: raise the version in package.json first.`,
  );
}
