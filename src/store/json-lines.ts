/** One text of all entries: at most as many as a chunk has rows. */
export function toLines(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

export function parseLines<Entry>(text: string): Entry[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
}
