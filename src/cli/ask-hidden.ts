/** Questions whose answers nobody reads over a shoulder. */
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError, EXIT } from './exit.js';
import { writeLines, writeQuestion } from './terminal.js';

/**
 * Asks one after the other on the terminal, without an echo. Answers may come before their questions, as when they are
 * pasted together.
 * @throws CommandError at Ctrl+C, or at the end of the input
 */
export async function askHidden<Name extends string>(
  questions: Readonly<Record<Name, string>>,
): Promise<Record<Name, string>> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const left = new AbortController();
  terminal.once('SIGINT', () => left.abort()).once('close', () => left.abort());
  const lines = on(terminal, 'line', { signal: left.signal }) as AsyncIterator<[string]>;
  const answers: Partial<Record<Name, string>> = {};
  try {
    for (const [name, question] of Object.entries<string>(questions)) {
      writeQuestion(process.stderr, question);
      const next = await lines.next();
      writeLines(process.stderr, ['']);
      [answers[name as Name]] = next.value as [string];
    }
    return answers as Record<Name, string>;
  } catch (error) {
    writeLines(process.stderr, ['']);
    if (left.signal.aborted) throw new CommandError('Nothing was tried.', EXIT.interrupted);
    throw error;
  } finally {
    terminal.close();
  }
}
