/** What the package offers to programs, beside `/workflows`, `/activities` and `/cli`: see docs/embedding.md. */
export { createImportPlugin } from './plugin.js';
export { openActivityDeps } from './activity-deps.js';
export { readSettings, type Settings } from './config.js';
export { SettingsError } from './settings-error.js';
export type { ImportRequest } from './contract/import/input.js';
export type { Progress } from './contract/import/progress.js';
export type { ReportSummary } from '../activities/index.js';
