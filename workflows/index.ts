/**
 * All workflows. The modules of each are loaded when an execution of it begins, since every execution has its own copy
 * of them: of those of a chunk there are few.
 */
import type * as chunk from './import-chunk.js';
import type * as users from './import-users/index.js';
import type * as operators from './notify-operators.js';
import type * as runs from './purge-runs.js';
import type * as invitations from './send-invitations/index.js';
import type * as undo from './undo-import/index.js';

export const importChunk: typeof chunk.importChunk = async (...args) =>
  (await import(/* webpackMode: "eager" */ './import-chunk.js')).importChunk(...args);

export const importUsers: typeof users.importUsers = async (...args) =>
  (await import(/* webpackMode: "eager" */ './import-users/index.js')).importUsers(...args);

export const notifyOperators: typeof operators.notifyOperators = async (...args) =>
  (await import(/* webpackMode: "eager" */ './notify-operators.js')).notifyOperators(...args);

export const purgeRuns: typeof runs.purgeRuns = async (...args) =>
  (await import(/* webpackMode: "eager" */ './purge-runs.js')).purgeRuns(...args);

export const sendInvitations: typeof invitations.sendInvitations = async (...args) =>
  (await import(/* webpackMode: "eager" */ './send-invitations/index.js')).sendInvitations(...args);

export const undoImport: typeof undo.undoImport = async (...args) =>
  (await import(/* webpackMode: "eager" */ './undo-import/index.js')).undoImport(...args);
