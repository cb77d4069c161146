/** The presets in words, and one as a mapping file to copy and change. */
import { isPresetName, PRESET_NAMES, type PresetName } from '../contract/import/preset-names.js';
import { nearest } from '../identity/nearest.js';
import { PRESETS } from '../presets/index.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { data, indented } from './lines.js';

type Output = Pick<CommandContext, 'print' | 'printJson'>;

export function listPresets({ print, printJson }: Output): void {
  printJson(PRESET_NAMES.map((name) => ({ name, ...describe(name) })));
  for (const name of PRESET_NAMES) {
    const { product, file, keeps, loses } = describe(name);
    print(`${name}: ${product}. Reads ${file}`);
    for (const text of loses) print(indented(`loses ${text}`));
    for (const text of keeps) print(indented(`keeps ${text}`));
  }
  print('One as a mapping file, to change it: user-import presets NAME > mapping.json');
}

function describe(name: PresetName) {
  const { product, file, keeps, loses } = PRESETS[name];
  return { product, file, keeps, loses };
}

/** Prints what `--mapping` takes in the place of `--from`. */
export function printPreset(name: string, { print, printJson }: Output): void {
  if (!isPresetName(name)) {
    const meant = nearest(name, PRESET_NAMES, (one) => [one, PRESETS[one].product]);
    const way =
      meant === undefined ? `They are ${PRESET_NAMES.join(', ')}.` : `Did you mean ${meant}?`;
    throw new CommandError(`There is no preset ${name}. ${way}`, EXIT.wrongUse);
  }
  const { csv, columns, values } = PRESETS[name];
  printJson({ csv, columns, values });
  for (const line of JSON.stringify({ csv, columns, values }, undefined, 2).split('\n'))
    print(data(line));
}
