/** Where a preset sends the columns of a file, for the terminal of whoever has the file. */
import type { PresetName } from '../contract/import/preset-names.js';
import { describeTarget, type ColumnMap } from '../identity/columns.js';
import { PRESETS } from '../presets/index.js';

export function renderPreset(from: PresetName, { columns }: ColumnMap): string[] {
  return [
    `read as an export of ${PRESETS[from].product} (--from ${from}):`,
    ...columns.map(({ name, target }) => `  "${name}" to ${describeTarget(target)}`),
  ];
}
