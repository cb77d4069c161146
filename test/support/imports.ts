import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { parse } from 'csv-parse/sync';
import type { ReportSummary } from '../../activities/index.js';
import { PROGRESS_QUERY, type Progress } from '../../src/contract/import/progress.js';
import { until } from './until.js';
import type { World } from './world.js';

/** Imports of one world, started and watched as any client of Temporal would. */
export interface Imports {
  client: Client;
  /** Writes a file below the import root. */
  write(name: string, content: string | Buffer): Promise<void>;
  /** Sends no mails, unless the input asks for some. */
  start(workflowId: string, input: Record<string, unknown>): Promise<WorkflowHandle>;
  /** Starts an import and waits for its summary. */
  run(workflowId: string, input: Record<string, unknown>): Promise<ReportSummary>;
  /** Starts an import that must fail; its failure. */
  failure(workflowId: string, input: Record<string, unknown>): Promise<ApplicationFailure>;
}

export async function imports(world: World): Promise<Imports> {
  const connection = await Connection.connect({ address: world.temporalAddress });
  world.onClose(() => connection.close());
  const client = new Client({ connection, namespace: world.namespace });
  const start: Imports['start'] = (workflowId, input) =>
    client.workflow.start('importUsers', {
      taskQueue: 'user-import',
      workflowId,
      args: [{ actor: 'alice', invitations: { send: 'never' }, ...input }],
    });
  return {
    client,
    write: (name, content) => writeFile(path.join(world.importRoot, name), content),
    start,
    run: async (workflowId, input) =>
      (await (await start(workflowId, input)).result()) as ReportSummary,
    failure: async (workflowId, input) => failureOf(await start(workflowId, input)),
  };
}

/** The failure that an import ended with. */
export async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  const cause = await causeOf(handle);
  if (!(cause instanceof ApplicationFailure)) throw new Error(`ended otherwise: ${String(cause)}`);
  return cause;
}

export async function wasCancelled(handle: WorkflowHandle): Promise<boolean> {
  return (await causeOf(handle)) instanceof CancelledFailure;
}

async function causeOf(handle: WorkflowHandle): Promise<unknown> {
  try {
    await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause;
    throw error;
  }
  throw new Error('the import ended well');
}

export function progressOf(handle: WorkflowHandle): Promise<Progress> {
  return handle.query<Progress>(PROGRESS_QUERY);
}

/** Waits until an import, or an undo, has such a notice. */
export async function untilNotice(handle: WorkflowHandle, text: RegExp): Promise<void> {
  await until(async () => {
    const { notices } = await progressOf(handle);
    return notices.some((notice) => text.test(notice.text));
  });
}

/** The lines of a file for people, by column name. */
export async function table(folder: string, name: string): Promise<Record<string, string>[]> {
  return parse(await readFile(path.join(folder, name)), { columns: true, bom: true });
}

/** Waits for an import's end, also while Temporal is away. */
export async function endOf(handle: WorkflowHandle): Promise<WorkflowExecutionStatusName> {
  let status: WorkflowExecutionStatusName = 'UNKNOWN';
  await until(async () => {
    status = await handle.describe().then(
      (described) => described.status.name,
      () => 'UNKNOWN',
    );
    return status !== 'RUNNING' && status !== 'UNKNOWN';
  });
  return status;
}
