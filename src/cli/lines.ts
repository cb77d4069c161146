/** Lines that several commands print. */
import type { Notice } from '../contract/import/progress.js';
import { formatTime } from '../format.js';
import { renderSteps, type Step } from './layout.js';
import { asCommands } from './spelling.js';
import type { Line, Tone } from './terminal.js';

/** What is waited for, and below it the commands to copy. */
export function renderWait(text: string, steps: readonly Step[]): Line[] {
  return [{ tone: 'attention', text }, ...renderSteps(steps)];
}

/** What the operator should know, though it stops nothing. */
export function warningLine(text: string): Line {
  return { tone: 'warning', text: `warning ${text}` };
}

/** Prose below a line that it belongs to. */
export function indented(text: string, tone?: Tone): Line {
  return { tone, text: `  ${text}`, breaks: 'below-indent' };
}

/** What whoever reads it copies as it is, such as rows of a CSV. */
export function data(text: string): Line {
  return { text, breaks: 'never' };
}

/** A notice with its time, of today without the date. */
export function renderNotice({ at, text }: Notice, now = new Date()): string {
  const today = `${now.toISOString().slice(0, 10)} `;
  return `notice ${formatTime(at).replace(today, '')}: ${asCommands(text)}`;
}

/** Why nobody answers: the first line says what is wrong, the others what to do. */
export function silenceLines([what, ...advice]: readonly string[]): Line[] {
  return what === undefined ? [] : [{ tone: 'attention', text: what }, ...advice];
}
