import type { RowOutcome } from '../contract/import/outcomes.js';
import { csvCell } from '../csv/write.js';
import { oldIdColumn } from '../identity/columns.js';
import type { OpenRun } from '../store/open-run.js';
import { StoredFile } from '../store/stored-file.js';

const HEADER = 'old_id,identity_id,outcome\n';

/**
 * Writes idmap.csv: the id that each user had in the old product, and the identity's. It exists only where the file has
 * such ids. Programs join it with their tables, so that nothing is put before a cell that a spreadsheet would run.
 */
export class IdMapFile {
  private constructor(private readonly file: StoredFile | undefined) {}

  static async create({ folder, plan }: Pick<OpenRun, 'folder' | 'plan'>): Promise<IdMapFile> {
    if (!oldIdColumn(plan.map)) {
      // A file from before the import was reset would be of other rows.
      await folder.store.remove([folder.idMap]);
      return new IdMapFile(undefined);
    }
    return new IdMapFile(new StoredFile(folder.store, folder.idMap, HEADER));
  }

  /** A row without an old id is left out: nothing could be joined with it. */
  async write(rows: readonly RowOutcome[]): Promise<void> {
    await this.file?.write(rows.map(lineOf).join(''));
  }

  async commit(): Promise<void> {
    await this.file?.commit();
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}

function lineOf({ oldId, identityId = '', outcome }: RowOutcome): string {
  if (oldId === undefined || oldId === '') return '';
  return `${csvCell(oldId)},${identityId},${outcome}\n`;
}
