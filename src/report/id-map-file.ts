import { rm } from 'node:fs/promises';
import type { RowOutcome } from '../contract/import/outcomes.js';
import { csvCell } from '../csv/write.js';
import { oldIdColumn } from '../identity/columns.js';
import { DurableFile } from '../store/durable-file.js';
import type { Plan } from '../store/plan.js';
import type { RunLayout } from '../store/run-layout.js';

const HEADER = 'old_id,identity_id,outcome\n';

/**
 * Writes idmap.csv: the id that each user had in the old product, and the identity's. It exists only where the file has
 * such ids. Programs join it with their tables, so that nothing is put before a cell that a spreadsheet would run.
 */
export class IdMapFile {
  private constructor(private readonly file: DurableFile | undefined) {}

  static async create(folder: RunLayout, plan: Pick<Plan, 'map'>): Promise<IdMapFile> {
    if (!oldIdColumn(plan.map)) {
      // A file from before the import was reset would be of other rows.
      await rm(folder.idMap, { force: true });
      return new IdMapFile(undefined);
    }
    const file = await DurableFile.create(folder.idMap);
    await file.write(HEADER);
    return new IdMapFile(file);
  }

  /** A row without an old id is left out: nothing could be joined with it. */
  async write({ oldId, identityId = '', outcome }: RowOutcome): Promise<void> {
    if (oldId === undefined || oldId === '') return;
    await this.file?.write(`${csvCell(oldId)},${identityId},${outcome}\n`);
  }

  async commit(): Promise<void> {
    await this.file?.commit();
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}
