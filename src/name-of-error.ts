/** What may be shown of an error in a thread: never its message, which may quote what the thread was sent. */
export function nameOfError(error: unknown): string {
  const { name = 'unknown', code } = error as Partial<NodeJS.ErrnoException>;
  return code === undefined ? name : `${name} ${code}`;
}
