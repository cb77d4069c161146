import type { CommandContext, Reader } from '../../src/cli/command-context.js';

/** What a command has told: its lines for a person, its documents for a program. */
export interface Told {
  lines: string[];
  documents: unknown[];
  status: number | undefined;
  context: CommandContext;
}

/** A command's context that keeps what it is told, for either reader. */
export function told(reader: Reader = 'person'): Told {
  const kept: Told = {
    lines: [],
    documents: [],
    status: undefined,
    context: {
      print: (line) => void kept.lines.push(typeof line === 'string' ? line : line.text),
      // As JSON: what it leaves out is not told.
      printJson: (document) => void kept.documents.push(JSON.parse(JSON.stringify(document))),
      reader,
      exitWith: (status) => void (kept.status = status),
    },
  };
  return kept;
}
