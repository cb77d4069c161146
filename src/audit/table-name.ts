const NAME = /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/;

/** Whether this is a table's name, perhaps with its schema's in front. */
export function isTableName(text: string): boolean {
  return NAME.test(text);
}

/** For SQL. What has capitals keeps them. */
export function quoteTableName(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}
