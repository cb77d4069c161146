import { join } from 'node:path';
import { InputError } from '../contract/errors.js';
import { isWorkflowId, type RunRef } from '../contract/ids.js';
import { folderOfWorkflow } from './workflow-folder.js';

const PURGE_PREFIX = 'purge-';

/** What names the files of a chunk: after a reset of the import the same number may mean other rows. */
export interface ChunkKey {
  /** Counted from 1. */
  number: number;
  /** The checksum of its bytes. */
  range: { sha256: string };
}

/** A chunk and the folder that holds its files. */
export interface ChunkFiles extends ChunkKey {
  folder: RunLayout;
}

/**
 * The layout of a run's folder, `<runs>/<workflow id>/<run id>/`, with `+` for each colon of the id. All workers must see the same one.
 *
 *     plan/plan.json      what was validated and how it is to be imported
 *     plan/chunks         one fixed-width line a chunk: its byte range, checksum and invalid rows
 *     plan/existing-users 16 bytes a line: the id of the user whom its address belongs to; see existing-users.ts
 *     plan/users-in-the-way 16 bytes a line: the id of another user with an address of the row; likewise
 *     plan/invalid.csv    the rows that validation refused
 *     plan/source.csv     the text of a packed file, until the run's end
 *     outcomes/<n>-<checksum>.jsonl    what became of the rows of chunk n
 *     outcomes/<n>-<checksum>.journal  the write-ahead journal of chunk n, until it has its outcomes
 *     invitations/<n>-<checksum>.due   16 bytes a line: the id of the user who is to be invited; see due-users.ts
 *     invitations/<n>-<checksum>.jsonl what became of the invitations that chunk n made due
 *     audit/<n>-<checksum>.jsonl       the audit events of chunk n
 *     audit/start.jsonl, audit/end.jsonl   the audit events of the run itself
 *     audit/purge-<run id>.jsonl, audit/purged.jsonl   the audit event of a purge, and that one has ended
 *     undo/<n>-<checksum>.jsonl        what an undo has made of the rows of chunk n
 *     rejects.csv, results.csv, idmap.csv, undo.csv, audit.jsonl, report.json, report.html   for people
 */
export class RunLayout {
  readonly path: string;

  /** @throws InputError for a reference that would lead elsewhere */
  constructor(
    private readonly runsRoot: string,
    readonly run: RunRef,
  ) {
    if (!isWorkflowId(run.workflowId) || !isFolderName(run.runId)) {
      throw new InputError('A reference to a run names no folder: a workflow id and a run id.');
    }
    this.path = join(runsRoot, folderOfWorkflow(run.workflowId), run.runId);
  }

  /** The folder of another run. */
  of(run: RunRef): RunLayout {
    return new RunLayout(this.runsRoot, run);
  }

  get plan(): string {
    return join(this.path, 'plan', 'plan.json');
  }
  get chunks(): string {
    return join(this.path, 'plan', 'chunks');
  }
  get existingUsers(): string {
    return join(this.path, 'plan', 'existing-users');
  }
  get usersInTheWay(): string {
    return join(this.path, 'plan', 'users-in-the-way');
  }
  get invalidRows(): string {
    return join(this.path, 'plan', 'invalid.csv');
  }
  /** Only where the file is packed. */
  get sourceText(): string {
    return join(this.path, 'plan', 'source.csv');
  }
  outcomes(chunk: ChunkKey): string {
    return this.ofChunk('outcomes', chunk, 'jsonl');
  }
  journal(chunk: ChunkKey): string {
    return this.ofChunk('outcomes', chunk, 'journal');
  }
  dueUsers(chunk: ChunkKey): string {
    return this.ofChunk('invitations', chunk, 'due');
  }
  invitations(chunk: ChunkKey): string {
    return this.ofChunk('invitations', chunk, 'jsonl');
  }
  audit(chunk: ChunkKey): string {
    return this.ofChunk('audit', chunk, 'jsonl');
  }
  undo(chunk: ChunkKey): string {
    return this.ofChunk('undo', chunk, 'jsonl');
  }
  get auditStart(): string {
    return join(this.path, 'audit', 'start.jsonl');
  }
  get auditEnd(): string {
    return join(this.path, 'audit', 'end.jsonl');
  }
  /** The event of one purge. */
  auditPurge({ runId }: RunRef): string {
    return join(this.path, 'audit', `${PURGE_PREFIX}${runId}.jsonl`);
  }
  /** Whether a file of the folder of audit events is that of a purge. */
  isAuditPurge(name: string): boolean {
    return name.startsWith(PURGE_PREFIX);
  }
  /** Says when a purge has come to its end, of a run without a report. */
  get purged(): string {
    return join(this.path, 'audit', 'purged.jsonl');
  }
  get auditTrail(): string {
    return join(this.path, 'audit.jsonl');
  }
  get rejects(): string {
    return join(this.path, 'rejects.csv');
  }
  get results(): string {
    return join(this.path, 'results.csv');
  }
  /** Only where the file has ids of the product that the users come from. */
  get idMap(): string {
    return join(this.path, 'idmap.csv');
  }
  get undone(): string {
    return join(this.path, 'undo.csv');
  }
  get report(): string {
    return join(this.path, 'report.json');
  }
  /** The same for a person. */
  get page(): string {
    return join(this.path, 'report.html');
  }
  get outcomesFolder(): string {
    return join(this.path, 'outcomes');
  }
  /** Only of a run that was undone. */
  get undoFolder(): string {
    return join(this.path, 'undo');
  }
  /** The folders of every run. */
  get folders(): string[] {
    const inside = ['plan', 'outcomes', 'invitations', 'audit'];
    return [this.path, ...inside.map((name) => join(this.path, name))];
  }

  private ofChunk(folder: string, { number, range }: ChunkKey, extension: string): string {
    return join(this.path, folder, `${number}-${range.sha256.slice(0, 12)}.${extension}`);
  }
}

/**
 * A file says of which run it is: one that was put into another run's folder is not believed.
 * @throws InputError
 */
export function confirmOwn(folder: RunLayout, run: RunRef | undefined): void {
  if (run?.workflowId === folder.run.workflowId && run.runId === folder.run.runId) return;
  throw new InputError("The folder of this run holds a plan or a report of another one's.");
}

/** A run id, or another plain name in its place. */
function isFolderName(name: unknown): boolean {
  return typeof name === 'string' && /^[\w-]{1,64}$/.test(name);
}
