/** The one place where commands write: no value of a file, of Temporal or of Kratos gives the terminal an order. */
import { styleText } from 'node:util';
import { printable, printableLines } from '../printable.js';

/** What a line is to whoever reads it; where colour is wanted, it has one. */
export type Tone = 'error' | 'warning' | 'attention' | 'success' | 'heading' | 'soft';

/** A line of a command's output. */
export type Line = string | { tone: Tone; text: string };

/** As little as tells them apart; each line says in words, too, what its colour says. */
const STYLES = {
  error: 'red',
  warning: 'yellow',
  attention: ['bold', 'yellow'],
  success: 'green',
  heading: 'bold',
  soft: 'dim',
} as const;

type Out = NodeJS.WritableStream;

/** A line end inside a line is shown, not written: a value cannot add a line of its own. */
export function writeLines(out: Out, lines: readonly Line[]): void {
  out.write(lines.map((line) => `${styled(out, line)}\n`).join(''));
}

/** A line as it is written: with colour on a terminal, unless NO_COLOR is set. */
function styled(out: Out, line: Line): string {
  if (typeof line === 'string') return printable(line);
  const format = STYLES[line.tone];
  const text = printable(line.text);
  return styleText(typeof format === 'string' ? format : [...format], text, { stream: out });
}

/** A question, behind which the answer is typed. */
export function writeQuestion(out: Out, question: string): void {
  out.write(printable(question));
}

/** A message of several lines, such as a help or a stack. */
export function writeMessage(out: Out, message: string, tone?: Tone): void {
  const lines = printableLines(message);
  writeLines(
    out,
    lines.map((text) => (tone === undefined ? text : { tone, text })),
  );
}

/** A value as one line of JSON, in which a terminal obeys nothing. */
export function writeJson(out: Out, value: unknown): void {
  writeLines(out, [JSON.stringify(value)]);
}
