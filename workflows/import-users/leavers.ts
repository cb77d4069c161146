/**
 * When the users of a source are dealt with who are not in its file any more, and what somebody has to approve before
 * anything is done. Pure.
 */
import type { ImportInput, MissingDo } from '../../src/contract/import/input.js';
import { describeWhy, whyAsk } from '../../src/contract/import/leavers.js';
import type { TakenFile } from '../../src/contract/import/taken-file.js';
import type { ImportPhase, PendingApproval } from '../../src/contract/status.js';
import { formatNumber } from '../../src/format.js';
import type { PortionRun, PortionState } from './portions.js';

interface SourceRun extends Omit<PortionRun, 'inFlight'> {
  input: PortionRun['input'] & Pick<ImportInput, 'missing' | 'adopt'>;
  state: PortionState & {
    phase: ImportPhase;
    cancelled?: true;
    taken?: TakenFile | undefined;
    approved: readonly PendingApproval[];
  };
}

/** What has to be approved before any row is imported, and before anybody leaves. Whoever skips users changes none. */
export function neededOfSource(run: SourceRun): 'adoption' | 'leavers' | undefined {
  const { input, state } = run;
  const { source } = state.findings!;
  if (!source || state.mode === 'skip') return undefined;
  const isToAdopt = input.adopt && source.adoptable > 0;
  if (isToAdopt && !state.approved.includes('adoption')) return 'adoption';
  return whyOf(run) !== '' && !state.approved.includes('leavers') ? 'leavers' : undefined;
}

/** Why somebody has to look before users of the source lose their access; empty where nobody has to. */
export function whyOf({ input: { missing }, state }: SourceRun): string {
  const { rows, source } = state.findings!;
  if (!source) return '';
  const lastRows = state.taken?.last?.rows;
  const why = whyAsk(source, rows, lastRows, missing);
  return describeWhy(why, source, rows, lastRows, missing);
}

/** What becomes of a source's users besides those of its rows, for whoever approves the plan; empty where nothing does. */
export function describePlanOfSource(run: SourceRun): string {
  const { input, state } = run;
  const { source } = state.findings!;
  if (!source || state.mode === 'skip') return '';
  const leavers = leaversOf(run);
  const { told } = source;
  const adoptable = input.adopt ? source.adoptable : 0;
  const texts = [
    ...(leavers > 0 ? [`${notInTheFile(leavers)}, and ${WOULD[input.missing.do]}.`] : []),
    ...(told > 0
      ? [`The rows of ${formatNumber(told)} say that they are to be deactivated or deleted.`]
      : []),
    ...(adoptable > 0
      ? [`${formatNumber(adoptable)} users of rows are of no source, and would be taken into it.`]
      : []),
    whyOf(run),
  ];
  return texts
    .filter((text) => text !== '')
    .map((text) => `${text} `)
    .join('');
}

/** Whether the chunks of those who are not in the file are to be given out, once all rows are done. */
export function isLeavingNext(run: SourceRun): boolean {
  return isOpen(run) && obstacleOf(run.state) === undefined;
}

/** Whether it is open what becomes of them: they are given out once, and not after the rows' mails have begun. */
function isOpen(run: SourceRun): boolean {
  const { leaving, phase } = run.state;
  return !leaving && phase !== 'inviting' && leaversOf(run) > 0;
}

/** Those who are not in the file, where anything is to become of them. */
function leaversOf({ input, state }: Pick<SourceRun, 'input' | 'state'>): number {
  return input.missing.do === 'nothing' ? 0 : (state.findings?.source?.leavers ?? 0);
}

/** What keeps all of them in, whatever else happens. */
function obstacleOf({ mode, cancelled, undecidedChunks }: SourceRun['state']): string | undefined {
  if (cancelled) return 'the run is cancelled.';
  if (mode === 'skip') return 'existing users are skipped.';
  // Somebody has ended the work on rows by hand, and may not want the rest either.
  if (undecidedChunks.length > 0) return 'what became of some rows is not known.';
  return undefined;
}

/** Why nobody leaves, of a run whose rows are done; undefined where nobody is to leave, or they are being dealt with. */
export function whyNobodyLeaves(run: SourceRun): string | undefined {
  const obstacle = obstacleOf(run.state);
  if (!isOpen(run) || obstacle === undefined) return undefined;
  return `${notInTheFile(leaversOf(run))}, and stay as they are: ${obstacle}`;
}

/** What begins now. */
export function describeLeaving(run: SourceRun): string {
  const { input } = run;
  const what = (input.dryRun === false ? ARE : WOULD)[input.missing.do];
  return `${notInTheFile(leaversOf(run))}, and ${what}.`;
}

function notInTheFile(leavers: number): string {
  return `${formatNumber(leavers)} users of the source are not in the file`;
}

const ARE: Record<MissingDo, string> = {
  nothing: '',
  report: 'are listed: they stay as they are',
  deactivate: 'are deactivated: they cannot sign in, and their sessions end',
  delete: 'are deleted',
};

const WOULD: Record<MissingDo, string> = {
  nothing: '',
  report: 'would be listed',
  deactivate: 'would be deactivated',
  delete: 'would be deleted',
};
