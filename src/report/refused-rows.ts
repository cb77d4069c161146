/** The file of `check --rejects`: the refused rows with their reasons, as a run would leave them in its rejects.csv. */
import { realpath, rm } from 'node:fs/promises';
import type { RowProblem } from '../contract/codes.js';
import { InputError } from '../contract/errors.js';
import type { CsvRow } from '../csv/cells.js';
import { REJECT_COLUMNS, rejectHeader, type RejectLayout } from '../csv/reject-line.js';
import { DurableFile } from '../store/durable-file.js';
import { openFile } from '../store/source.js';
import type { PreflightResult } from '../validation/preflight.js';
import { refusedLine } from '../validation/reasons.js';

/** How far an earlier file's header is looked for. */
const HEADER_BYTES = 64 * 1024;

export class RefusedRows {
  rows = 0;

  private constructor(
    private readonly path: string,
    private readonly file: DurableFile,
    private readonly source: Pick<PreflightResult, 'header' | 'rules'>,
  ) {}

  /**
   * @param path only an earlier file of this kind is replaced: it may be the name of a CSV
   * @param checked the path of the file that is checked, without links
   */
  static async create(
    path: string,
    checked: string,
    source: Pick<PreflightResult, 'header' | 'rules'>,
  ): Promise<RefusedRows> {
    await confirmFree(path, checked);
    const file = await DurableFile.create(path).catch((error: unknown) => {
      throw refusal(path, `cannot be written (${(error as NodeJS.ErrnoException).code})`);
    });
    const refused = new RefusedRows(path, file, source);
    // A spreadsheet takes a file without the mark for one in its own old encoding.
    await file.write(`\ufeff${rejectHeader(source.header.raw, refused.layout)}\n`);
    return refused;
  }

  private get layout(): RejectLayout {
    return { shape: this.source.rules.shape, dialect: this.source.header.dialect };
  }

  async add(row: CsvRow, problems: RowProblem[]): Promise<void> {
    this.rows++;
    await this.file.write(refusedLine(row, problems, this.layout));
  }

  /** Where no row was refused, an earlier file goes: it would hold rows that are right by now. */
  async commit(): Promise<void> {
    if (this.rows > 0) return this.file.commit();
    await this.file.discard();
    await rm(this.path, { force: true });
  }

  async discard(): Promise<void> {
    await this.file.discard();
  }

  describe(): string {
    if (this.rows === 0) return `No row was refused: ${this.path} was not written.`;
    return `The refused rows, with their reasons: ${this.path}`;
  }
}

async function confirmFree(path: string, checked: string): Promise<void> {
  const there = await realpath(path).catch(() => undefined);
  if (there === undefined) return;
  if (there === checked) throw refusal(path, 'is the file that is checked; name another one');
  if (!(await isRejects(there))) {
    throw refusal(path, 'is there already and holds no refused rows; name another file');
  }
}

async function isRejects(path: string): Promise<boolean> {
  const handle = await openFile(path).catch(() => undefined);
  if (!handle) return false;
  try {
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const header = buffer.toString('utf8', 0, bytesRead).split('\n')[0]!;
    return REJECT_COLUMNS.every((name) => header.includes(name));
  } finally {
    await handle.close();
  }
}

function refusal(path: string, text: string): InputError {
  return new InputError(`--rejects: ${path} ${text}.`);
}
