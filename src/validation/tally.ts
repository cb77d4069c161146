/** Adds up what validation found. */
import type { RowCode, Warning, WarningCode } from '../contract/codes.js';
import {
  countCode,
  describeCount,
  NO_ROLE,
  type CellNote,
  type CodeCount,
  type Findings,
} from '../contract/findings.js';
import type { Header } from '../csv/header.js';
import type { Block } from '../csv/records.js';
import { columnLabel } from '../identity/map-columns.js';
import type { CheckedRow, RowRules } from './row.js';

/** What the notes on a column's cells say, after its name. */
const NOTES: Partial<Record<WarningCode, string>> = {
  weak_password: 'passwords shorter than 8 characters',
};

export class Tally {
  rows = 0;
  private invalid = 0;
  private readonly codes: Partial<Record<RowCode, CodeCount>> = {};
  private readonly roles = new Map<string, number>();
  /** By the position of their column. */
  private readonly notes: Partial<Record<WarningCode, CodeCount>>[] = [];
  private tenants = 0;
  private carriageReturns = false;

  constructor(
    private readonly header: Header,
    private readonly rules: RowRules,
  ) {}

  add(line: number, { problems, notes, role, tenant }: CheckedRow): void {
    this.rows++;
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

  addBlock(block: Block): void {
    this.carriageReturns ||= block.carriageReturns;
  }

  findings(chunks: number, canaryChunks: number): Omit<Findings, 'sha256'> {
    const { rows, invalid, codes } = this;
    const roles = Object.fromEntries(this.roles);
    return { rows, invalid, chunks, canaryChunks, codes, roles, warnings: this.warnings() };
  }

  private warnings(): Warning[] {
    const warnings: Warning[] = [];
    const warn = (code: Warning['code'], text: string) =>
      warnings.push({ code, message: `${code}: ${text}` });
    if (this.header.byteOrderMark)
      warn('byte_order_mark', 'the file begins with a byte order mark, which is ignored');
    if (this.carriageReturns) warn('crlf_line_endings', 'lines end in CRLF, which is taken as LF');
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
