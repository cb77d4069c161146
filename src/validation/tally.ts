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
import { pathsOfRule } from '../identity/columns.js';
import { columnLabel } from '../identity/map-columns.js';
import type { CheckedRow, RowRules } from './checked-row.js';
import { LostZeros, type Digits } from './spreadsheet.js';
import { TenantTally } from './tenant-tally.js';

/** What the notes on a column's cells say, after its name. */
const NOTES: Partial<Record<WarningCode, string>> = {
  unsupported_password_hash:
    'password hashes that Kratos cannot check; their users are invited to choose a password, or get the migration hook, as onUnsupportedHash says',
  weak_password: 'passwords shorter than 8 characters',
  null_literal:
    'words for no value, such as NULL, which are taken as they are and change no existing user; "csv": {"nothing":["NULL"]} reads them as empty',
  blanks_around: 'blanks before or behind the value, which are kept',
  line_break:
    'values of several lines; a double quote that is closed too late takes whole rows into a value',
  invisible_character: 'characters that nobody can see or type, which are kept',
  look_alike_character:
    'characters that look like others, such as curly apostrophes, letters in parts or of another script',
  replacement_character:
    'U+FFFD, which stands for a character that was lost when the file was made',
  mojibake:
    'characters such as Ã©, which UTF-8 becomes when it is read as another encoding; export the file anew',
  spreadsheet_number:
    'numbers as spreadsheets show them, such as 4.9E+11, most likely without their last digits, which change no existing user',
  lost_zeros: 'numbers that are shorter than others with zeros in front, and may have lost theirs',
  short_row: 'rows that end before it, whose missing cells are taken as empty',
  extra_cells: 'rows with empty cells after it, which are left out',
  unknown_provider:
    'sign-ins of a provider that the login page of Kratos does not have, which let nobody in before it has',
  leading_apostrophe: 'values that begin with an apostrophe, which becomes part of them',
  no_address: 'users without an address, who are known by it',
  no_way_in:
    'users with neither an address nor a password, who get no invitation and cannot sign in until an admin gives them one of the two',
  backslash_escape:
    'values with \\\\, or that end in \\, as MySQL and PostgreSQL export them unless told otherwise',
};

/** What Kratos's configuration needs; docs/credentials.md has all of it. */
const HOOK_SETTING =
  'selfservice.methods.password.config.migrate_hook: {"enabled":true,"config":{"url":…,"method":"POST","auth":…}}';

/** Warnings about cells; more of them say nothing more, and a workflow carries them. */
const MAX_NOTES = 50;

export class Tally {
  rows = 0;
  private invalid = 0;
  private readonly codes: Partial<Record<RowCode, CodeCount>> = {};
  private readonly roles = new Map<string, number>();
  private readonly byTenant: TenantTally | undefined;
  /** By the position of their column. */
  private readonly notes: (Partial<Record<WarningCode, CodeCount>> | undefined)[] = [];
  private readonly lostZeros: LostZeros[] = [];
  private tenants = 0;
  private hooked = 0;
  private carriageReturns = false;
  private readonly blank: CodeCount = { count: 0, lines: [] };
  private readonly leftOut: CodeCount = { count: 0, lines: [] };
  private keys = 0;
  private apostrophes = 0;
  private isAscii: boolean;

  constructor(
    private readonly header: Header,
    private readonly rules: RowRules,
  ) {
    this.isAscii = isPlainAscii(header.bytes, header.dialect.encoding);
    const hasTenants = pathsOfRule(rules.map, 'tenant').length > 0;
    this.byTenant = hasTenants ? new TenantTally(rules.tenants !== undefined) : undefined;
  }

  add(line: number, checked: CheckedRow): void {
    const { importRow, otherKey, problems, notes, digits, role, tenant } = checked;
    this.rows++;
    const key = importRow.email || otherKey?.form;
    if (key) this.keys++;
    if (key?.startsWith("'")) this.apostrophes++;
    for (const note of notes) this.addNote(note, line);
    if (digits) this.addDigits(digits, line);
    if (tenant !== undefined) this.tenants++;
    if (importRow.passwordHook) this.hooked++;
    if (problems.length === 0) {
      const name = role ?? NO_ROLE;
      this.roles.set(name, (this.roles.get(name) ?? 0) + 1);
      this.byTenant?.add(tenant);
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

  private addDigits(digits: Digits[], line: number): void {
    for (const cell of digits) (this.lostZeros[cell.column] ??= new LostZeros()).add(cell, line);
  }

  /** A row without any value, which is left out. */
  addBlank(line: number): void {
    countLine(this.blank, line);
  }

  /** A row that the file itself leaves out. */
  addLeftOut(line: number): void {
    countLine(this.leftOut, line);
  }

  addBlock({ carriageReturns, bytes, dialect }: Block): void {
    this.carriageReturns ||= carriageReturns;
    this.isAscii &&= isPlainAscii(bytes, dialect.encoding);
  }

  /** As an export has them that was made safe for spreadsheets: nobody's address or user name begins with one. */
  get hasOnlyApostrophes(): boolean {
    return this.keys > 0 && this.apostrophes === this.keys;
  }

  findings(chunks: number, canaryChunks: number, gzip: boolean): Omit<Findings, 'sha256'> {
    const { rows, invalid, codes } = this;
    const roles = Object.fromEntries(this.roles);
    const tenants = this.byTenant?.result();
    const [csv, warnings] = [this.csv(gzip), this.warnings()];
    return {
      ...{ csv, rows, invalid, chunks, canaryChunks, codes, roles },
      ...(tenants && { tenants }),
      warnings,
    };
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
    if (this.leftOut.count > 0)
      warn(
        'left_out_rows',
        `rows of users who are deleted where they come from, as columns mapped to leave_out say, are left out: ${describeCount(this.leftOut)}`,
      );
    if (this.tenants > 0 && !this.rules.tenants) {
      warn(
        'tenants_not_checked',
        `tenants are taken as they are, the worker knows none (TENANTS); rows that name one: ${this.tenants}`,
      );
    }
    if (this.hooked > 0) {
      warn(
        'password_migration_hook',
        `users who sign in with their old password only where Kratos asks a hook for it (${HOOK_SETTING}); rows: ${this.hooked}`,
      );
    }
    const notes = this.describeNotes();
    for (const [code, text] of notes.slice(0, MAX_NOTES)) warn(code, text);
    const more = notes.length - MAX_NOTES;
    if (more > 0) warn(notes[MAX_NOTES]![0], `and ${more} more such warnings of other columns`);
    return warnings;
  }

  private describeNotes(): [WarningCode, string][] {
    return this.header.names.flatMap((_, column) => {
      const lost_zeros = this.lostZeros[column]?.found();
      const found = { ...this.notes[column], ...(lost_zeros && { lost_zeros }) };
      const label = columnLabel(this.header.names, column);
      return Object.entries(found).map(([code, count]): [WarningCode, string] => [
        code as WarningCode,
        `${label}: ${NOTES[code as WarningCode]}: ${describeCount(count)}`,
      ]);
    });
  }
}
