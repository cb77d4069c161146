/**
 * Settings are missing or wrong; the message names all of them. A file of its own, so that commands need not load
 * zod.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
