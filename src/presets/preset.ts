/** What a preset is: a mapping file for the export of a product, and what becomes of its users in words. */
import type { GivenCsv } from '../contract/import/csv-settings.js';

export interface Preset {
  /** The product's own name. */
  product: string;
  /** The file that it reads, and where that comes from. */
  file: string;
  csv?: GivenCsv;
  /** Each a list, as these columns may be there: the first target that the identity schema has. */
  columns: Record<string, string[]>;
  values?: Record<string, Record<string, string>>;
  /** What of a user comes over. */
  keeps: string[];
  /** What does not, and what to do about it. */
  loses: string[];
}
