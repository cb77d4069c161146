/** One or more settings are missing or wrong; the message names all of them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
