/** The version of this program, as its package has it. */
import { existsSync, readFileSync } from 'node:fs';

/** The package's own file is above src/, or above the dist/ that src/ was compiled into. */
const FILE = ['../package.json', '../../package.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url))!;

export const VERSION = (JSON.parse(readFileSync(FILE, 'utf8')) as { version: string }).version;
