export { importChunk } from './import-chunk.js';
export { importUsers } from './import-users/index.js';
export { purgeRuns } from './purge-runs.js';
export { sendInvitations } from './send-invitations/index.js';
export { undoImport } from './undo-import/index.js';
