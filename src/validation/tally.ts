/** Adds up what validation found. */
import type { RowCode, Warning } from '../contract/codes.js';
import { countCode, NO_ROLE, type CodeCount, type Findings } from '../contract/findings.js';
import type { Header } from '../csv/header.js';
import type { Block } from '../csv/records.js';
import type { CheckedRow, RowRules } from './row.js';

export class Tally {
  rows = 0;
  private invalid = 0;
  private readonly codes: Partial<Record<RowCode, CodeCount>> = {};
  private readonly roles = new Map<string, number>();
  private weakPasswords = 0;
  private tenants = 0;
  private carriageReturns = false;

  constructor(
    private readonly header: Header,
    private readonly rules: RowRules,
  ) {}

  add(line: number, { problems, role, tenant, weakPassword }: CheckedRow): void {
    this.rows++;
    if (weakPassword) this.weakPasswords++;
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
    if (this.weakPasswords > 0) {
      warn('weak_password', `passwords shorter than 8 characters: ${this.weakPasswords}`);
    }
    return warnings;
  }
}
