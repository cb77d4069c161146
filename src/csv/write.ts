/** Writing CSV cells (RFC 4180) and making them harmless where a spreadsheet would run them. */

/** A cell, quoted where it must be. */
export function csvCell(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/**
 * The same for a file that people open in a spreadsheet: a cell that would run as a formula gets an apostrophe in front
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function harmlessCell(value: string): string {
  return csvCell(/^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value);
}
