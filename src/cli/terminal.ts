/** The one place where commands write: no value of a file, of Temporal or of Kratos gives the terminal an order. */
import { printable, printableLines } from '../printable.js';

type Out = Pick<NodeJS.WritableStream, 'write'>;

/** A line end inside a line is shown, not written: a value cannot add a line of its own. */
export function writeLines(out: Out, lines: readonly string[]): void {
  out.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

/** A question, behind which the answer is typed. */
export function writeQuestion(out: Out, question: string): void {
  out.write(printable(question));
}

/** A message of several lines, such as a help or a stack. */
export function writeMessage(out: Out, message: string): void {
  out.write(`${printableLines(message).join('\n')}\n`);
}
