export { importChunk } from './import-chunk.js';
export { importUsers } from './import-users.js';
export { purgeRuns } from './purge-runs.js';
export { sendInvitations } from './send-invitations.js';
export { undoImport } from './undo-import.js';
