/** Adds up what validation found. */
import type { RowCode, Warning, WarningCode } from '../contract/codes.js';
import {
  countCode,
  countLine,
  describeCount,
  NO_ROLE,
  type CellNote,
  type CodeCount,
  type Findings,
} from '../contract/findings.js';
import { nameOfSeparator, type CsvFacts } from '../contract/dialect.js';
import { isPlainAscii } from '../csv/encoding.js';
import type { Header } from '../csv/header.js';
import type { Block } from '../csv/records.js';
import { columnLabel } from '../identity/map-columns.js';
import type { CheckedRow, RowRules } from './row.js';

/** What the notes on a column's cells say, after its name. */
const NOTES: Partial<Record<WarningCode, string>> = {
  weak_password: 'passwords shorter than 8 characters',
  short_row: 'rows that end before it, whose missing cells are taken as empty',
  extra_cells: 'rows with empty cells after it, which are left out',
  leading_apostrophe: 'values that begin with an apostrophe, which becomes part of them',
  mojibake: 'values that look like UTF-8 read in the wrong encoding',
  backslash_escape:
    'values with \\\\, or that end in \\, as MySQL and PostgreSQL export them unless told otherwise',
  replacement_character: 'values with U+FFFD, where an earlier program lost a character',
};

export class Tally {
  rows = 0;
  private invalid = 0;
  private readonly codes: Partial<Record<RowCode, CodeCount>> = {};
  private readonly roles = new Map<string, number>();
  /** By the position of their column. */
  private readonly notes: (Partial<Record<WarningCode, CodeCount>> | undefined)[] = [];
  private tenants = 0;
  private carriageReturns = false;
  private readonly blank: CodeCount = { count: 0, lines: [] };
  private addresses = 0;
  private apostrophes = 0;
  private isAscii: boolean;

  constructor(
    private readonly header: Header,
    private readonly rules: RowRules,
  ) {
    this.isAscii = isPlainAscii(header.bytes, header.dialect.encoding);
  }

  add(line: number, { importRow, problems, notes, role, tenant }: CheckedRow): void {
    this.rows++;
    if (importRow.email !== '') this.addresses++;
    if (importRow.email.startsWith("'")) this.apostrophes++;
    for (const note of notes) this.addNote(note, line);
    if (tenant !== undefined) this.tenants++;
    if (problems.length === 0) {
      const name = role ?? NO_ROLE;
      this.roles.set(name, (this.roles.get(name) ?? 0) + 1);
      return;
    }
    this.invalid++;
    for (const code of new Set(problems.map((problem) => problem.code))) {
      countCode(this.codes, code, line);
    }
  }

  private addNote({ code, column }: CellNote, line: number): void {
    countCode((this.notes[column] ??= {}), code, line);
  }

  /** A row without any value, which is left out. */
  addBlank(line: number): void {
    countLine(this.blank, line);
  }

  addBlock({ carriageReturns, bytes, dialect }: Block): void {
    this.carriageReturns ||= carriageReturns;
    this.isAscii &&= isPlainAscii(bytes, dialect.encoding);
  }

  /** As an export has them that was made safe for spreadsheets: no address of a person begins with one. */
  get hasOnlyApostrophes(): boolean {
    return this.addresses > 0 && this.apostrophes === this.addresses;
  }

  findings(chunks: number, canaryChunks: number, gzip: boolean): Omit<Findings, 'sha256'> {
    const { rows, invalid, codes } = this;
    const roles = Object.fromEntries(this.roles);
    const [csv, warnings] = [this.csv(gzip), this.warnings()];
    return { csv, rows, invalid, chunks, canaryChunks, codes, roles, warnings };
  }

  private csv(gzip: boolean): CsvFacts {
    const { dialect, byteOrderMark, separatorFrom, line } = this.header;
    return {
      encoding: dialect.encoding,
      byteOrderMark,
      ascii: this.isAscii,
      separator: nameOfSeparator(dialect.separator),
      separatorFrom,
      headerLine: line,
      gzip,
      apostrophesRemoved: dialect.removesApostrophes,
    };
  }

  private warnings(): Warning[] {
    const warnings: Warning[] = [];
    const warn = (code: Warning['code'], text: string) =>
      warnings.push({ code, message: `${code}: ${text}` });
    if (this.header.byteOrderMark)
      warn('byte_order_mark', 'the file begins with a byte order mark, which is ignored');
    if (this.carriageReturns) warn('crlf_line_endings', 'lines end in CRLF, which is taken as LF');
    if (this.blank.count > 0)
      warn('blank_rows', `rows without any value are left out: ${describeCount(this.blank)}`);
    if (this.tenants > 0 && !this.rules.tenants) {
      warn(
        'tenants_not_checked',
        `tenants are taken as they are, the worker knows none (TENANTS); rows that name one: ${this.tenants}`,
      );
    }
    for (const [column, found] of this.notes.entries()) {
      for (const [code, count] of Object.entries(found ?? {}) as [WarningCode, CodeCount][]) {
        const label = columnLabel(this.header.names, column);
        warn(code, `${label}: ${NOTES[code]}: ${describeCount(count)}`);
      }
    }
    return warnings;
  }
}
