import type { Line } from '../../src/cli/terminal.js';

/** What lines say, without their tones. */
export function textsOf(lines: readonly Line[]): string[] {
  return lines.map((line) => (typeof line === 'string' ? line : line.text));
}
