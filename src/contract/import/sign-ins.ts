/**
 * What came of the sign-ins of known users, whom a canary may name. It is in histories and notices: a user is a number
 * in their list, counted from 1.
 */
import { formatFirst } from '../../format.js';

export interface SignInResults {
  /** All of the list; those who are in no other list have signed in. */
  total: number;
  /** Kratos does not know them, or not with this password. */
  wrong: number[];
  /** Kratos wants more than a password, such as a second factor, or refuses them for another reason. */
  others: number[];
  /** Their sessions could not be ended, and last as long as Kratos lets them. */
  leftOpen: number[];
}

/** The results, or why there are none: the list has gone since the import began, for example. */
export type SignInTrial = SignInResults | { problem: string };

const WARNING = 'Do not approve before you know why.';

/** In sentences. */
export function describeSignIns(trial: SignInTrial): string {
  if ('problem' in trial) {
    return `The sign-ins of known users could not be tried. ${trial.problem} ${WARNING}`;
  }
  const { total, wrong, others, leftOpen } = trial;
  const failed = wrong.length + others.length;
  const parts = [
    `${total - failed} of ${total} known users signed in`,
    ...(wrong.length > 0 ? [`wrong password or unknown: ${numbers(wrong)}`] : []),
    ...(others.length > 0 ? [`more than a password needed, or refused: ${numbers(others)}`] : []),
  ];
  return [
    `${parts.join('; ')}.`,
    ...(failed > 0 ? [WARNING] : []),
    ...(leftOpen.length > 0 ? [`Sessions that could not be ended: ${numbers(leftOpen)}.`] : []),
  ].join(' ');
}

/** No more than leave room for the warning after them, where a notice is cut. */
const MOST_NUMBERS = 10;

function numbers(list: number[]): string {
  return `number ${formatFirst(list.map(String), MOST_NUMBERS)}`;
}
