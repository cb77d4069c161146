/** Questions at the terminal. Answers may come before their questions, as when they are pasted together. */
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { printable } from '../printable.js';
import { CommandError, EXIT } from './exit.js';
import { writeLines, writeQuestion } from './terminal.js';

export interface Questions {
  /** @returns what was typed, without blanks around it */
  ask: (question: string) => Promise<string>;
  /** Without an echo: nobody reads the answer over a shoulder. @returns all that was typed */
  askHidden: (question: string) => Promise<string>;
}

/**
 * Lets `use` ask at the terminal, one after the other.
 * @param ifLeft what is said at Ctrl+C, or at the end of the input
 * @throws CommandError then
 */
export async function withQuestions<T>(
  ifLeft: string,
  use: (questions: Questions) => Promise<T>,
): Promise<T> {
  const echo = new PassThrough();
  // Without a history: the arrow keys would show a password that was typed before.
  const terminal = createInterface({
    input: process.stdin,
    output: echo,
    terminal: true,
    historySize: 0,
  });
  const left = new AbortController();
  terminal.once('SIGINT', () => left.abort()).once('close', () => left.abort());
  const lines = on(terminal, 'line', { signal: left.signal }) as AsyncIterator<[string]>;
  const answer = async (): Promise<string> => {
    const next = await lines.next();
    return (next.value as [string])[0];
  };
  try {
    return await use({
      async ask(question) {
        echo.unpipe().pipe(process.stderr, { end: false });
        terminal.setPrompt(printable(question));
        terminal.prompt();
        return (await answer()).trim();
      },
      async askHidden(question) {
        echo.unpipe().resume();
        writeQuestion(process.stderr, question);
        const typed = await answer();
        writeLines(process.stderr, ['']);
        return typed;
      },
    });
  } catch (error) {
    if (!left.signal.aborted) throw error;
    writeLines(process.stderr, ['']);
    throw new CommandError(ifLeft, EXIT.interrupted);
  } finally {
    echo.unpipe();
    terminal.close();
  }
}
