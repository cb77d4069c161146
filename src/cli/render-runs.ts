/** The list of imports, and of the runs of one, as text for a terminal of 80 columns. */
import { OUTCOMES } from '../contract/import/outcomes.js';
import { formatNumber } from '../format.js';
import { indented } from './lines.js';
import { describeUndone } from './render-attempts.js';
import type { ListedImport, ListedRun } from './seen-run.js';
import type { Line, Tone } from './terminal.js';

/** @param more whether there are more than are listed */
export function renderImports(
  imports: readonly ListedImport[],
  more: boolean,
  limit: number,
): Line[] {
  if (imports.length === 0) return ['No import is known. Start one: user-import start FILE'];
  return [
    ...imports.flatMap((listed) => [
      heading(`${minute(listed.startedAt)}  ${listed.workflowId}`),
      stateLine(listed, [...countsOf(listed), ...numberOfRuns(listed.runs)]),
      soft(`  ${listed.next}`),
    ]),
    ...(more ? [`More are there: user-import runs --limit ${limit * 5}`] : []),
  ];
}

/** @param limit runs that are listed at most */
export function renderImport(listed: ListedImport, limit: number): Line[] {
  const { workflowId, runs, file, actor, next } = listed;
  const shown = runs.slice(0, limit);
  const of = [
    ...(file === undefined ? [] : [file]),
    ...(actor === undefined ? [] : [`on behalf of ${actor}`]),
  ];
  return [
    heading(workflowId),
    ...(of.length > 0 ? [`  ${of.join(', ')}`] : []),
    stateLine(listed, [...countsOf(listed), ...numberOfRuns(runs)]),
    soft(`  ${next}`),
    '',
    ...shown.flatMap((run) => [
      `${minute(run.startedAt)}  ${TITLES[run.kind]} ${run.kind === 'run' ? run.runId : run.workflowId}`,
      stateLine(run, countsOf(run)),
      soft(`  ${run.next}`),
    ]),
    ...(runs.length > limit
      ? [
          `${formatNumber(runs.length - limit)} older ones: user-import runs ${workflowId} --limit ${runs.length}`,
        ]
      : []),
  ];
}

const TITLES: Record<ListedRun['kind'], string> = {
  run: 'run',
  retry: 'retry',
  'dry-run': 'dry run',
  undo: 'undo',
};

type State = Pick<ListedRun, 'state' | 'undone' | 'purgedAt'>;

/** With the counts of an undo, whose numbers are beside those of the import. */
function stateOf({ state, undone, purgedAt }: State): string {
  const purged = purgedAt === undefined ? '' : ', purged';
  return `${words(state)}${describeUndone(undone).replace('undone: ', '')}${purged}`;
}

const TONES: Partial<Record<string, Tone>> = {
  ...{ paused: 'attention', 'awaiting-approval': 'attention', held: 'attention' },
  ...{ 'being-undone': 'attention', 'partly-undone': 'attention' },
  ...{ 'no-answer': 'warning', 'no-report': 'warning' },
  ...{ failed: 'error', 'validation-failed': 'error', terminated: 'error', 'timed-out': 'error' },
  ...{ cancelled: 'warning', done: 'success', unchanged: 'success' },
};

function stateLine(run: State, more: readonly string[]): Line {
  return indented([stateOf(run), ...more].join('; '), TONES[run.state]);
}

function words(state: string): string {
  if (state === 'no-answer') return 'running, but no worker answers';
  if (state === 'no-report') return 'no report: it goes on, or was terminated';
  return state.replaceAll('-', ' ');
}

function countsOf({ rows, left = 0 }: Pick<ListedRun, 'rows' | 'left'>): string[] {
  if (!rows?.total) return [];
  const gone = left > 0 ? [`${formatNumber(left)} left`] : [];
  const counts = OUTCOMES.flatMap((outcome) =>
    rows[outcome] ? [`${formatNumber(rows[outcome])} ${outcome.replace('_', ' ')}`] : [],
  );
  const all = counts.length > 0 ? counts.join(', ') : `${formatNumber(rows.total)} rows`;
  return [all, ...gone];
}

function numberOfRuns(runs: readonly ListedRun[]): string[] {
  const count = (kind: ListedRun['kind'], one: string, many: string): string[] => {
    const number = runs.filter((run) => run.kind === kind).length;
    return number === 0 ? [] : [`${formatNumber(number)} ${number === 1 ? one : many}`];
  };
  if (runs.length <= 1) return [];
  return [
    [
      ...count('run', 'run', 'runs'),
      ...count('retry', 'retry', 'retries'),
      ...count('dry-run', 'dry run', 'dry runs'),
      ...count('undo', 'undo', 'undos'),
    ].join(', '),
  ];
}

const heading = (text: string): Line => ({ tone: 'heading', text });
const soft = (text: string): Line => ({ tone: 'soft', text });

/** 2026-11-02T10:00:00.000Z as 2026-11-02 10:00; the times are UTC, as in Temporal's UI. */
function minute(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}
