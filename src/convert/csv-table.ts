/** A table exported as a CSV: its rows by the names of their columns, in turn or by their place. */
import { csvSettings } from '../contract/import/csv-settings.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import { readHeader, type Header } from '../csv/header.js';
import { cutBlock, readBlocks } from '../csv/records.js';
import type { JsonObject } from '../identity/json-pointer.js';
import { ConvertError } from './convert-error.js';
import type { InputFile } from './input-file.js';
import type { RecordPlace } from './record-index.js';

/** A row; its cells are undefined where the header has more of them, or fewer. */
export interface TableRow extends RecordPlace {
  cells: JsonObject | undefined;
}

/** What databases and their consoles write for no value. */
const NULLS = new Set(['', 'NULL', 'null', '\\N']);

export class CsvTable {
  private constructor(
    readonly file: InputFile,
    private readonly header: Header,
  ) {}

  /** @throws ConvertError when the file is no CSV with a header */
  static async open(file: InputFile): Promise<CsvTable> {
    if (file.isPacked) {
      throw new ConvertError(`${file.name} is packed, and is read row by row: unpack it.`);
    }
    const hints = {
      csv: csvSettings(),
      isKnown: () => false,
      isAddress: (cell: string) => cell.includes('@'),
    };
    return new CsvTable(file, await telling(file, () => readHeader(file.source, file.size, hints)));
  }

  has(...names: string[]): boolean {
    return names.every((name) => this.header.names.includes(name));
  }

  async *read(): AsyncGenerator<TableRow> {
    const { rows, dialect } = this.header;
    const blocks = readBlocks(this.file.source, { ...rows, end: this.file.size }, dialect);
    for (;;) {
      const block = await telling(this.file, () => blocks.next());
      if (block.done) return;
      const records = await telling(this.file, () => parseBlock(block.value));
      for (const row of records) yield this.toRow(row);
    }
  }

  at({ start, end }: RecordPlace): JsonObject {
    const bytes = this.file.slice(start, end);
    const [row] = parseBlock(cutBlock(bytes, start, 1, this.header.dialect));
    return this.toRow(row!).cells ?? {};
  }

  private toRow({ cells, start, end }: CsvRow): TableRow {
    const { names } = this.header;
    if (cells.length !== names.length) return { cells: undefined, start, end };
    const entries = names.map((name, i) => [name, NULLS.has(cells[i]!) ? undefined : cells[i]]);
    return { cells: Object.fromEntries(entries) as JsonObject, start, end };
  }
}

async function telling<Result>(
  { name }: InputFile,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileError) throw new ConvertError(`${name}: ${error.message}`);
    throw error;
  }
}
