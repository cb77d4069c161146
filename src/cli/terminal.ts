/** The one place where commands write: no value of a file, of Temporal or of Kratos gives the terminal an order. */
import { styleText } from 'node:util';
import { printable, printableJson, printableLines } from '../printable.js';
import { hanging, wrapped } from './layout.js';

/** What a line is to whoever reads it; where colour is wanted, it has one. */
export type Tone = 'error' | 'warning' | 'attention' | 'success' | 'heading' | 'soft';

/** A line of a command's output. */
export type Line = string | { tone?: Tone | undefined; text: string; breaks?: Breaks | undefined };

/**
 * Where a line that is wider than the terminal is broken, if not as prose: indented prose below its indent, data nowhere,
 * since a blank or a line end more would be part of what is copied.
 */
type Breaks = 'below-indent' | 'never';

/** As little as tells them apart; each line says in words, too, what its colour says. */
const STYLES = {
  error: ['red'],
  warning: ['yellow'],
  attention: ['bold', 'yellow'],
  success: ['green'],
  heading: ['bold'],
  soft: ['dim'],
} as const;

type Out = NodeJS.WritableStream;

/**
 * A line end inside a line is shown, not written: a value cannot add a line of its own. On a terminal prose is broken at
 * its blanks.
 */
export function writeLines(out: Out, lines: readonly Line[]): void {
  out.write(lines.flatMap((line) => writtenLines(out, line).map((text) => `${text}\n`)).join(''));
}

function writtenLines(out: Out, line: Line): string[] {
  const { text, tone, breaks }: Exclude<Line, string> =
    typeof line === 'string' ? { text: line } : line;
  const { isTTY, columns } = out as Partial<NodeJS.WriteStream>;
  const shown = printable(text);
  const broken = breaks === 'below-indent' ? hanging : wrapped;
  const lines = isTTY && columns && breaks !== 'never' ? broken(shown, columns) : [shown];
  return lines.map((part) => coloured(out, part, tone));
}

/** A part of a line as it is written: with colour on a terminal, unless NO_COLOR is set. */
export function styled(out: Out, part: Line): string {
  if (typeof part === 'string') return printable(part);
  return coloured(out, printable(part.text), part.tone);
}

function coloured(out: Out, text: string, tone: Tone | undefined): string {
  if (tone === undefined) return text;
  // One by one: Node 20 colours a list of formats also in a pipe.
  return STYLES[tone].reduce(
    (inner: string, format) => styleText(format, inner, { stream: out }),
    text,
  );
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

/** A value as one line of JSON, however wide the terminal, which obeys nothing of it. */
export function writeJson(out: Out, value: unknown): void {
  out.write(`${printableJson(value)}\n`);
}
