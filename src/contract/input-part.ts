/** A part of an import's input in a message, ready-made; the command line looks for it to spell it as options. */
export function inputPart(key: string, value: unknown): string {
  return `"${key}": ${JSON.stringify(value)}`;
}
