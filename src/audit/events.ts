/** The events of the audit trail: one for each user that an import created or updated, and its own start and end. */
import { SOURCE_CODES, type SourceCode } from '../contract/codes.js';
import type { UndoEntry } from '../contract/undo/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import type { ChangeKind, Effects } from '../contract/import/effects.js';
import { PASSWORD_PATH, type Outcome, type RowOutcome } from '../contract/import/outcomes.js';
import { MARK_PATH } from '../identity/origin.js';
import type { Plan } from '../store/plan.js';
import type { Report } from '../contract/report.js';

/** One line of audit.jsonl. It holds no value of any row. */
export interface AuditEvent {
  event:
    | UserEvent
    | 'user_import_undone'
    | 'user_import_started'
    | 'user_import_finished'
    | 'user_import_purged';
  /** The id of the identity; of the run's own events the workflow's. */
  target: string;
  metadata: {
    source: 'csv_import';
    /** The actor whom the import, the undo or the purge names. */
    admin: string;
    workflow: string;
    run: string;
    /** Only of a user's event; of a user who is not in the file one that no file has. */
    line?: number;
    /** JSON pointers of the fields that the import changed: their names, never what is in them. */
    changed?: string[];
    /** The roles before and after it, and what else it means: no other value is in the trail. */
    roles?: Effects['roles'];
    kinds?: ChangeKind[];
    /** What else is worth knowing of an updated user of a source. */
    notes?: SourceCode[];
    /** Only of the start: the file that was approved and read, by its name and its SHA-256. */
    file?: string;
    sha256?: string;
    /** Only of the end, with the number of rows that came to each outcome. */
    ending?: Report['ending'];
    rows?: Partial<Report['rows']>;
  };
  /** ISO 8601. */
  at: string;
}

type UserEvent =
  'user_imported' | 'user_import_updated' | 'user_import_deactivated' | 'user_import_deleted';

const EVENT_OF: Partial<Record<Outcome, UserEvent>> = {
  created: 'user_imported',
  updated: 'user_import_updated',
  deactivated: 'user_import_deactivated',
  deleted: 'user_import_deleted',
};

/** Whether a row has an event: most outcomes have none. */
export function hasEvent({ outcome }: RowOutcome): boolean {
  return EVENT_OF[outcome] !== undefined;
}

/** What a plan knows of its run. */
export type Responsible = Pick<Plan, 'actor' | 'file'>;

/** The events of rows, in their order. */
export function userEvents(
  run: RunRef,
  plan: Responsible,
  outcomes: Iterable<RowOutcome>,
  at: string,
): AuditEvent[] {
  return [...outcomes].flatMap((row) => {
    const event = EVENT_OF[row.outcome];
    if (!event) return [];
    const { line, identityId, outcome } = row;
    const metadata = metadataOf(run, plan, { line, ...(outcome === 'updated' && updateOf(row)) });
    return [{ event, target: identityId!, metadata, at }];
  });
}

function updateOf({ changes = [], password, effects, codes = [] }: RowOutcome) {
  const paths = changes.map(({ path }) => path).filter((path) => path !== MARK_PATH);
  const notes = SOURCE_CODES.filter((code) => codes.includes(code));
  return {
    changed: [...paths, ...(password ? [PASSWORD_PATH] : [])],
    ...(effects && withoutEmpty(effects)),
    ...(notes.length > 0 && { notes }),
  };
}

function withoutEmpty({ roles, kinds }: Effects): Pick<AuditEvent['metadata'], 'roles' | 'kinds'> {
  return { ...(roles.length > 0 && { roles }), ...(kinds.length > 0 && { kinds }) };
}

/** The events of users whom an undo deleted or restored; the line that they name is the import's. */
export function undoneEvents(run: RunRef, entries: Iterable<UndoEntry>): AuditEvent[] {
  return [...entries].flatMap(({ line, undone, identityId, actor, at }) => {
    if (undone !== 'deleted' && undone !== 'restored') return [];
    const metadata = metadataOf(run, { actor }, { line });
    return [{ event: 'user_import_undone' as const, target: identityId, metadata, at }];
  });
}

export function startEvent(run: RunRef, plan: Responsible, sha256: string, at: string): AuditEvent {
  const metadata = metadataOf(run, plan, { file: plan.file, sha256 });
  return { event: 'user_import_started', target: run.workflowId, metadata, at };
}

export function endEvent(
  run: RunRef,
  plan: Responsible,
  { ending, rows }: Pick<Report, 'ending' | 'rows'>,
  at: string,
): AuditEvent {
  const counted = Object.fromEntries(Object.entries(rows).filter(([, count]) => count > 0));
  const metadata = metadataOf(run, plan, { ending, rows: counted });
  return { event: 'user_import_finished', target: run.workflowId, metadata, at };
}

/** The run's personal data is about to be removed. */
export function purgeEvent(run: RunRef, actor: string, at: string): AuditEvent {
  const metadata = metadataOf(run, { actor });
  return { event: 'user_import_purged', target: run.workflowId, metadata, at };
}

function metadataOf(
  { workflowId, runId }: RunRef,
  { actor }: Pick<Responsible, 'actor'>,
  more: Partial<AuditEvent['metadata']> = {},
): AuditEvent['metadata'] {
  return { source: 'csv_import', admin: actor, workflow: workflowId, run: runId, ...more };
}
