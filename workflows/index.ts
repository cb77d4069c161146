export { importChunk } from './import-chunk.js';
export { importUsers } from './import-users/index.js';
export { notifyOperators } from './notify-operators.js';
export { purgeRuns } from './purge-runs.js';
export { sendInvitations } from './send-invitations/index.js';
export { undoImport } from './undo-import/index.js';
