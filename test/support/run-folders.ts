import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from '../../src/contract/report.js';
import type { World } from './world.js';

/** The folder of the only run of a workflow id. */
export async function folderOf(world: World, workflowId: string): Promise<string> {
  const [runId] = await readdir(path.join(world.runs, workflowId));
  return path.join(world.runs, workflowId, runId!);
}

export async function reportIn(folder: string): Promise<Report> {
  return JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as Report;
}
