import { InputError } from '../contract/errors.js';
import { isWorkflowId, type RunRef } from '../contract/ids.js';
import type { Store } from './store.js';
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

/** What a validation makes beside the plan. */
export const PLAN_FILES = [
  'chunks',
  'existing-users',
  'users-in-the-way',
  'invalid.csv',
  'settled',
  'leavers',
  'leavers.csv',
  'adoptable.csv',
] as const;
export type PlanFile = (typeof PLAN_FILES)[number];

/**
 * The keys of a run's files in the store of the runs. All workers must see the same one. Each is written once and
 * whole, but for the files for people, which an undo or a purge writes anew.
 *
 *     <workflow id, with `+` for each colon>/<run id>/
 *       plan/plan.json      what was validated and how it is to be imported; the first validation to end makes it
 *       plan/<validation>/chunks           one fixed-width line a chunk: its byte range, checksum and invalid rows
 *       plan/<validation>/existing-users   16 bytes a line: the id of the user whom its address belongs to
 *       plan/<validation>/users-in-the-way 64 bytes a line: the ids of other users with an address of the row
 *       plan/<validation>/invalid.csv      the rows that validation refused
 *       plan/<validation>/settled          a byte a line: 1 for rows that are unchanged in file and Kratos
 *       plan/<validation>/leavers          16 bytes each: the ids of the source's users who are not in the file
 *       plan/<validation>/leavers.csv      identity_id,email of the same, in the same order
 *       plan/<validation>/adoptable.csv    line,identity_id,email of users who would be taken into the source
 *       plan/source.csv     the text of a packed file, until the run's end
 *       outcomes/<n>-<checksum>.jsonl      what became of the rows of chunk n
 *       outcomes/<n>-<checksum>.journal/   the write-ahead journal of chunk n, until it has its outcomes; a log
 *       invitations/<n>-<checksum>.due     16 bytes a line: the id of the user who is to be invited; see due-users.ts
 *       invitations/<n>-<checksum>.mails/  what became of mails; see invitation-ledger.ts
 *       audit/<n>-<checksum>.jsonl         the audit events of chunk n
 *       audit/start.jsonl, audit/end.jsonl the audit events of the run itself
 *       audit/purge-<run id>.jsonl, audit/purged.jsonl   the audit event of a purge, and that one has ended
 *       undo/<n>-<checksum>.ledger/        what an undo has made of the rows of chunk n; a log
 *       rejects.csv, results.csv, idmap.csv, undo.csv, audit.jsonl, report.json, report.html   for people
 */
export class RunLayout {
  /** What the keys of all its files begin with. */
  readonly prefix: string;

  /**
   * @param store that of the runs
   * @throws InputError for a reference that would lead elsewhere
   */
  constructor(
    readonly store: Store,
    readonly run: RunRef,
  ) {
    if (!isWorkflowId(run.workflowId) || !isFolderName(run.runId)) {
      throw new InputError('A reference to a run names no folder: a workflow id and a run id.');
    }
    this.prefix = `${folderOfWorkflow(run.workflowId)}/${run.runId}`;
  }

  /** The folder of another run. */
  of(run: RunRef): RunLayout {
    return new RunLayout(this.store, run);
  }

  /** Where it is, for people. */
  get address(): string {
    return `${this.store.address}/${this.prefix}`;
  }

  get plan(): string {
    return this.key('plan/plan.json');
  }
  /** A file of one validation; the plan names the validation whose files count. */
  ofPlan(validation: string, file: PlanFile): string {
    return this.key(`plan/${validation}/${file}`);
  }
  /** Only where the file is packed. */
  get sourceText(): string {
    return this.key('plan/source.csv');
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
  /** What a mail's file is below. */
  invitations(chunk: ChunkKey): string {
    return this.ofChunk('invitations', chunk, 'mails');
  }
  audit(chunk: ChunkKey): string {
    return this.ofChunk('audit', chunk, 'jsonl');
  }
  undo(chunk: ChunkKey): string {
    return this.ofChunk('undo', chunk, 'ledger');
  }
  get auditStart(): string {
    return this.key('audit/start.jsonl');
  }
  get auditEnd(): string {
    return this.key('audit/end.jsonl');
  }
  /** The event of one purge. */
  auditPurge({ runId }: RunRef): string {
    return this.key(`audit/${PURGE_PREFIX}${runId}.jsonl`);
  }
  /** Whether a file of the folder of audit events is that of a purge. */
  isAuditPurge(name: string): boolean {
    return name.startsWith(PURGE_PREFIX);
  }
  /** Says when a purge has come to its end, of a run without a report. */
  get purged(): string {
    return this.key('audit/purged.jsonl');
  }
  get auditTrail(): string {
    return this.key('audit.jsonl');
  }
  get rejects(): string {
    return this.key('rejects.csv');
  }
  get results(): string {
    return this.key('results.csv');
  }
  /** Only where the file has ids of the product that the users come from. */
  get idMap(): string {
    return this.key('idmap.csv');
  }
  get undone(): string {
    return this.key('undo.csv');
  }
  get report(): string {
    return this.key('report.json');
  }
  /** The same for a person. */
  get page(): string {
    return this.key('report.html');
  }
  get outcomesFolder(): string {
    return this.key('outcomes');
  }
  get undoFolder(): string {
    return this.key('undo');
  }
  get auditFolder(): string {
    return this.key('audit');
  }
  private key(path: string): string {
    return `${this.prefix}/${path}`;
  }

  private ofChunk(folder: string, { number, range }: ChunkKey, extension: string): string {
    return this.key(`${folder}/${number}-${range.sha256.slice(0, 12)}.${extension}`);
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
