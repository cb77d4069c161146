import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout: this file runs from `dev/` in tests and from `dist/dev/` otherwise. */
export function projectRoot(): string {
  const start = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'dev', 'servers', 'kratos', 'go.mod'))) return folder;
    if (folder === path.dirname(folder)) {
      throw new Error(
        `no folder above ${start} holds dev/servers/kratos/go.mod: the checkout is not complete`,
      );
    }
  }
}

/** The cache folder of this user: files that are built once and may be deleted at any time. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base =
    env['XDG_CACHE_HOME'] ||
    (process.platform === 'darwin'
      ? path.join(homedir(), 'Library', 'Caches')
      : path.join(homedir(), '.cache'));
  return path.join(base, 'kratos-user-import');
}
