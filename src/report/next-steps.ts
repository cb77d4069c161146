/** What an admin may want to do once a run has ended. */
import { formatNumber } from '../format.js';
import type { Report } from '../contract/report.js';

export interface NextStep {
  what: string;
  command: string;
}

type Ended = Pick<Report, 'run' | 'rows' | 'ending' | 'files' | 'invitations' | 'settings'> &
  Pick<Partial<Report>, 'undone' | 'purgedAt'>;

/** Each with the command that does it; none of them changes anything that is not said. */
export function nextSteps(report: Ended): NextStep[] {
  const { run, rows, ending, files, invitations, settings, undone, purgedAt } = report;
  const { workflowId: id } = run;
  const rejected = rows.invalid + rows.failed;
  const stopped = rows.undecided + rows.unprocessed;
  const changed = rows.created + rows.updated;
  const isReal = settings.dryRun === false;
  return [
    ...(isReal && rejected > 0 && files.includes('rejects.csv') && !purgedAt
      ? [
          {
            what: `${formatNumber(rejected)} ${rejected === 1 ? 'row' : 'rows'} did not go in: correct rejects.csv, then import it`,
            command: `user-import retry ${id}`,
          },
        ]
      : []),
    ...(isReal && stopped > 0 && (ending === 'cancelled' || ending === 'failed')
      ? [
          {
            what: `${formatNumber(stopped)} ${stopped === 1 ? 'row was' : 'rows were'} not reached: start the same file again`,
            command: 'user-import start FILE',
          },
        ]
      : []),
    ...(isReal && ending === 'done' && invitations.due > 0 && settings.invitations.send !== 'never'
      ? [
          {
            what: `${formatNumber(invitations.due)} invitations are still due: start the same file again`,
            command: 'user-import start FILE',
          },
        ]
      : []),
    ...(isReal && changed > 0 && !undone
      ? [{ what: 'Take this import back', command: `user-import undo ${id}` }]
      : []),
    ...(purgedAt
      ? []
      : [{ what: 'Remove the personal data it left', command: `user-import purge ${id}` }]),
  ];
}
