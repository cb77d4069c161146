/** What doctor found, for a person: a line for each check, and what to do below it. Pure. */
import { CHECKS, type Finding } from '../checks/finding.js';
import type { Line, Tone } from './terminal.js';

const STATUSES: Record<Finding['status'], { word: string; tone?: Tone }> = {
  ok: { word: 'ok' },
  warning: { word: 'warning', tone: 'warning' },
  failed: { word: 'FAILED', tone: 'error' },
  skipped: { word: 'skipped', tone: 'soft' },
};

const STATUS_WIDTH = Math.max(...Object.values(STATUSES).map(({ word }) => word.length)) + 2;
const NAME_WIDTH = Math.max(...Object.values(CHECKS).map((name) => name.length)) + 2;
const INDENT = ' '.repeat(STATUS_WIDTH + NAME_WIDTH);
/** Narrower, a word a line would be left. */
const LEAST_WIDTH = 24;

/** @param columns of the terminal; undefined or 0, where it is not known: lines are as long as their text */
export function renderFinding(finding: Finding, columns: number | undefined): Line[] {
  const { check, status, text, remedy } = finding;
  const { word, tone } = STATUSES[status];
  const width = columns ? Math.max(LEAST_WIDTH, columns - INDENT.length) : Infinity;
  const head = word.padEnd(STATUS_WIDTH) + CHECKS[check].padEnd(NAME_WIDTH);
  const toLine = (line: string): Line => (tone === undefined ? line : { tone, text: line });
  return [
    ...wrapped(text, width).map((line, i) => toLine((i === 0 ? head : INDENT) + line)),
    ...(remedy === undefined
      ? []
      : wrapped(`→ ${remedy}`, width).map((line, i) => INDENT + (i === 0 ? '' : '  ') + line)),
  ];
}

export function countFindings(findings: readonly Finding[]): Record<Finding['status'], number> {
  const of = (status: Finding['status']) =>
    findings.filter((finding) => finding.status === status).length;
  return {
    ok: of('ok'),
    warning: of('warning'),
    failed: of('failed'),
    skipped: of('skipped'),
  };
}

export function renderSummary(findings: readonly Finding[]): Line {
  const { failed, warning } = countFindings(findings);
  if (failed > 0) {
    const others = warning > 0 ? `, ${counted(warning, 'warning')}` : '';
    return { tone: 'error', text: `${counted(failed, 'check')} failed${others}.` };
  }
  return warning > 0
    ? { tone: 'warning', text: `Ready, with ${counted(warning, 'warning')}.` }
    : { tone: 'success', text: 'Ready.' };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lines of whole words; a word that is longer than a line stays whole, so that it can be copied. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
