/** How the image starts the worker: tests and measurements start theirs alike. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './paths.js';

/** Node's flags in the image's command, which is `node`, flags, program and `worker`. */
export function nodeFlagsOfImage(): string[] {
  const dockerfile = readFileSync(path.join(projectRoot(), 'Dockerfile'), 'utf8');
  const command = /^CMD (.+)$/m.exec(dockerfile)?.[1];
  if (command === undefined) throw new Error('Dockerfile has no line CMD');
  return (JSON.parse(command) as string[]).slice(1, -2);
}
