/** The preset that an import's input names, put below what the input itself says. */
import { csvSettings, ofRejects, type CsvSettings } from '../contract/import/csv-settings.js';
import type { ImportInput, OnUnsupportedHash } from '../contract/import/input.js';
import { PRESET_NAMES, type PresetName } from '../contract/import/preset-names.js';
import { defaultTarget } from '../identity/columns.js';
import { sameForPeople } from '../identity/email.js';
import { mergeMappings, type GivenMapping } from '../identity/merge-mappings.js';
import { PRESETS } from './index.js';

/** How a file is read, by the input and its preset together. */
export interface Reading {
  csv: CsvSettings;
  mapping: GivenMapping;
  onUnsupportedHash: OnUnsupportedHash;
}

/**
 * An explicit entry comes before the preset's own: a setting of the file, a column, one value of a column, a default. A
 * column that the input sends elsewhere keeps the preset's values.
 */
export function readingOf(input: ImportInput): Reading {
  const { from, retryOf, csv } = input;
  if (from === undefined) {
    return {
      csv: csvSettings(csv),
      mapping: input,
      onUnsupportedHash: input.onUnsupportedHash ?? 'refuse',
    };
  }
  const preset = PRESETS[from];
  const given = preset.csv ?? {};
  const { columns, values = {} } = preset;
  return {
    csv: csvSettings(csv, retryOf ? ofRejects(given) : given),
    mapping: mergeMappings(input, { columns, values, defaults: {} }),
    // What a product's passwords are is known beforehand, so that its export is no wrong one for them.
    onUnsupportedHash: input.onUnsupportedHash ?? 'invite',
  };
}

/** A header that is none of the product's that the input names. */
export interface Misfit {
  from: PresetName;
  /** The preset that has the most of its columns. */
  nearest: PresetName | undefined;
}

/**
 * Columns that any file may have, such as email, are enough only where nothing speaks for another product.
 * @param names the header's names, trimmed
 */
export function misfitOf({ from }: ImportInput, names: readonly string[]): Misfit | undefined {
  if (from === undefined) return undefined;
  const nearest = nearestPreset(names);
  const others = nearest === undefined ? 0 : ownColumns(nearest, names);
  const fits = columnsIn(from, names).length > 0 && others <= 2 * ownColumns(from, names);
  return fits ? undefined : { from, nearest };
}

/** The preset that has the most columns of a header, those left out that any file may have. */
export function nearestPreset(names: readonly string[]): PresetName | undefined {
  const all = PRESET_NAMES.map((name) => ({ name, columns: ownColumns(name, names) }));
  const best = all.reduce((a, b) => (b.columns > a.columns ? b : a));
  return best.columns > 0 ? best.name : undefined;
}

function ownColumns(preset: PresetName, names: readonly string[]): number {
  return columnsIn(preset, names).filter((name) => defaultTarget(name) === undefined).length;
}

function columnsIn(preset: PresetName, names: readonly string[]): string[] {
  const header = new Set(names.map(sameForPeople));
  return Object.keys(PRESETS[preset].columns).filter((name) => header.has(sameForPeople(name)));
}
