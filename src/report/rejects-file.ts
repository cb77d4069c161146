import { rm } from 'node:fs/promises';
import { rejectHeader } from '../csv/reject-line.js';
import { DurableFile } from '../store/durable-file.js';
import type { Plan } from '../store/plan.js';
import type { RunLayout } from '../store/run-layout.js';

/** Writes rejects.csv, which exists only when it has a row. */
export class RejectsFile {
  private file: DurableFile | undefined;

  constructor(
    private readonly folder: RunLayout,
    private readonly plan: Plan,
  ) {}

  /** @param line as it was in the file, with the three columns of its rejection */
  async write(line: string): Promise<void> {
    if (!this.file) {
      this.file = await DurableFile.create(this.folder.rejects);
      const { header, findings } = this.plan;
      // A spreadsheet takes a file without the mark for one in its own old encoding.
      const mark = findings.csv.byteOrderMark || !findings.csv.ascii ? '\ufeff' : '';
      await this.file.write(`${mark}${rejectHeader(header, this.plan)}\n`);
    }
    await this.file.write(`${line}\n`);
  }

  async commit(): Promise<void> {
    // A file from before the import was reset would hold other rows.
    if (!this.file) await rm(this.folder.rejects, { force: true });
    await this.file?.commit();
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}
