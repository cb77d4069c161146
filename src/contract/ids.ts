/** The names under which the parts of an import find each other, made in this one place. */

export const WORKFLOW_TYPES = {
  importUsers: 'importUsers',
  importChunk: 'importChunk',
  sendInvitations: 'sendInvitations',
  notifyOperators: 'notifyOperators',
  undoImport: 'undoImport',
  purgeRuns: 'purgeRuns',
} as const;

/** A workflow id names a folder; see src/store/workflow-folder.ts for its colons, which the ids of schedules have. */
export const WORKFLOW_ID_PATTERN = /^(?!\.+$)[A-Za-z0-9._:-]{1,200}$/;

export function isWorkflowId(value: unknown): value is string {
  return typeof value === 'string' && WORKFLOW_ID_PATTERN.test(value);
}

/** Temporal's run ids are UUIDs. */
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isRunId(value: unknown): value is string {
  return typeof value === 'string' && RUN_ID.test(value);
}

/**
 * One import. `runId` is the first execution's run id, which continue-as-new and resets keep, so that it names the
 * same run from its start to its report.
 */
export interface RunRef {
  workflowId: string;
  runId: string;
}

/**
 * Workflow id of one chunk. The slashes keep it apart from every import's own id, which cannot hold one, and the piece
 * of the run id (its end: the beginning is a clock) from the chunks of an earlier run that are still being ended.
 */
export function chunkWorkflowId(run: RunRef, chunk: number): string {
  return `${run.workflowId}/${run.runId.slice(-12)}/chunk-${chunk}`;
}

/** Workflow id of what sends an import's invitations, made in the same way. */
export function invitationsWorkflowId(run: RunRef): string {
  return `${run.workflowId}/${run.runId.slice(-12)}/invitations`;
}

/**
 * Workflow id of what tells operators one thing of a run, an import's or an undo's.
 * @param name as `notificationName` has it
 */
export function notificationWorkflowId(run: RunRef, name: string): string {
  return `${run.workflowId}/${run.runId.slice(-12)}/notification-${name}`;
}

/** The import that a workflow belongs to by its id, and the number of its chunk, for logs. */
export function placeInImport(workflowId: string): { import: string; chunk?: number } {
  const chunk = /^[^/]+\/[^/]+\/chunk-(\d+)(\/|$)/.exec(workflowId)?.[1];
  const name = workflowId.split('/', 1)[0]!;
  return chunk === undefined ? { import: name } : { import: name, chunk: Number(chunk) };
}

/** A further id of a child whose own one is taken. Nobody can take it in advance. */
export function furtherChildId(ownId: string, uuid: string): string {
  return `${ownId}/${uuid}`;
}

/** Whether a workflow id is a child's own, or a further one in its place. */
export function isChildId(workflowId: string, ownId: string): boolean {
  if (workflowId === ownId) return true;
  return workflowId.startsWith(`${ownId}/`) && isRunId(workflowId.slice(ownId.length + 1));
}

/**
 * Workflow id under which the command undoes an import: the same for all of its runs, so that one is undone at a
 * time.
 */
export function undoWorkflowId(workflowId: string): string {
  return `undo-${workflowId}`;
}

/** A name, and those under which a command starts a workflow where something else has that one. */
export function namesInTurn(name: string): string[] {
  return [name, ...[2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${name}-${number}`)];
}

/**
 * Whether it is that id, or one of those in its place.
 * @param said what the undo itself says that it undoes: \`undo-users-2\` may be of \`users\` and of \`users-2\`
 */
export function isUndoOf(workflowId: string, importId: string, said?: string): boolean {
  if (said !== undefined && said !== importId) return false;
  return namesInTurn(undoWorkflowId(importId)).includes(workflowId);
}

/** `[workflow/run]`, as every error names the run that it belongs to. */
export function runLabel(run: RunRef): string {
  return `[run=${run.workflowId}/${run.runId}]`;
}

/** `[workflow/run chunk=n]`, likewise for one chunk. */
export function chunkLabel(run: RunRef, chunk: number): string {
  return `[run=${run.workflowId}/${run.runId} chunk=${chunk}]`;
}

/** An error's message as a sentence without its label, for those who know which run it is. */
export function withoutLabel(message: string): string {
  return message.replace(/ \[run=.*?\]/, '').replace(/[^.?!]$/, '$&.');
}

/** Workflow id under which the command purges a run of an import. */
export function purgeWorkflowId(workflowId: string): string {
  return `purge-${workflowId}`;
}
