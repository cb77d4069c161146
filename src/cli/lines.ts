/** Lines that several commands print. */
import { renderSteps, type Step } from './layout.js';
import type { Line } from './terminal.js';

/** What is waited for, and below it the commands to copy. */
export function renderWait(text: string, steps: readonly Step[]): Line[] {
  return [{ tone: 'attention', text }, ...renderSteps(steps)];
}

/** What the operator should know, though it stops nothing. */
export function warningLine(text: string): Line {
  return { tone: 'warning', text: `warning ${text}` };
}

/** Why nobody answers: the first line says what is wrong, the others what to do. */
export function silenceLines([what, ...advice]: readonly string[]): Line[] {
  return what === undefined ? [] : [{ tone: 'attention', text: what }, ...advice];
}
