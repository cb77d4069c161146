import { rejectHeader } from '../csv/reject-line.js';
import type { OpenRun } from '../store/open-run.js';
import { StoredFile } from '../store/stored-file.js';

/** Writes rejects.csv, which exists only when it has a row. */
export class RejectsFile {
  private file: StoredFile | undefined;

  constructor(private readonly run: Pick<OpenRun, 'folder' | 'plan'>) {}

  /** @param lines as they were in the file, each with the three columns of its rejection */
  async write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const { folder } = this.run;
    this.file ??= new StoredFile(folder.store, folder.rejects, this.head());
    await this.file.write(lines.map((line) => `${line}\n`).join(''));
  }

  private head(): string {
    const { plan } = this.run;
    const { header, findings } = plan;
    // A spreadsheet takes a file without the mark for one in its own old encoding.
    const mark = findings.csv.byteOrderMark || !findings.csv.ascii ? '\ufeff' : '';
    return `${mark}${rejectHeader(header, plan)}\n`;
  }

  async commit(): Promise<void> {
    const { store, rejects } = this.run.folder;
    // A file from before the import was reset would hold other rows.
    if (!this.file) await store.remove([rejects]);
    await this.file?.commit();
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}
