/** What the operator may want to do once a run has ended. */
import { formatNumber } from '../format.js';
import type { LeftAloneCode } from '../contract/codes.js';
import type { Allowable } from '../contract/import/input.js';
import type { Report } from '../contract/report.js';

export interface NextStep {
  what: string;
  command: string;
}

type EndedRun = Pick<
  Report,
  'run' | 'rows' | 'ending' | 'files' | 'invitations' | 'settings' | 'leftAlone'
> &
  Pick<Partial<Report>, 'undone' | 'purgedAt'>;

/** Each with its command. */
export function nextSteps(report: EndedRun): NextStep[] {
  const steps = report.settings.dryRun === false ? stepsOfImport(report) : [];
  steps.unshift(...stepsOfLeftAlone(report));
  if (!report.purgedAt) {
    const command = `user-import purge ${report.run.workflowId}`;
    steps.push({ what: 'Remove the personal data it left', command });
  }
  return steps;
}

function stepsOfImport(report: EndedRun): NextStep[] {
  const { run, rows, ending, files, invitations, settings, undone, purgedAt } = report;
  const id = run.workflowId;
  const rejected = rows.invalid + rows.failed;
  const notReached = rows.undecided + rows.unprocessed;
  const steps: NextStep[] = [];
  if (rejected > 0 && files.includes('rejects.csv') && !purgedAt) {
    steps.push({
      what: `${countOf(rejected)} rejected: correct rejects.csv, then import it`,
      command: `user-import retry ${id}`,
    });
  }
  if (notReached > 0 && (ending === 'cancelled' || ending === 'failed')) {
    steps.push({
      what: `${countOf(notReached)} not reached: start the same file again`,
      command: 'user-import start FILE',
    });
  }
  if (ending === 'done' && invitations.due > 0 && settings.invitations.send !== 'never') {
    steps.push({
      what: `${formatNumber(invitations.due)} invitations are still due: start the same file again`,
      command: 'user-import start FILE',
    });
  }
  if (rows.created + rows.updated > 0 && !undone) {
    steps.push({ what: 'Undo this import', command: `user-import undo ${id}` });
  }
  return steps;
}

/** The way out for rows whose changes are not allowed; also after a dry run. */
function stepsOfLeftAlone({ rows, leftAlone, settings }: EndedRun): NextStep[] {
  const missing = (Object.entries(ALLOWS) as [LeftAloneCode, Allowable][])
    .filter(([code]) => leftAlone[code])
    .map(([, allow]) => allow);
  if (missing.length === 0) return [];
  const allow = [...settings.allow, ...missing].join(',');
  return [
    {
      what: `${countOf(rows.left_alone)} left alone: if the changes are meant, allow them`,
      command: `user-import start FILE --mode update --allow ${allow}`,
    },
  ];
}

const ALLOWS: Partial<Record<LeftAloneCode, Allowable>> = {
  activation_not_allowed: 'activate',
  address_change_not_allowed: 'change-address',
  identifier_change_not_allowed: 'change-identifier',
};

const countOf = (rows: number): string =>
  `${formatNumber(rows)} ${rows === 1 ? 'row was' : 'rows were'}`;
