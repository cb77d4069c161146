/**
 * Settings are missing or wrong; the message names all of them. A file of its own, so that commands need not load
 * zod.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(
    message: string,
    /** Each begins with the name of its setting. Empty where the message is all that is known. */
    readonly problems: readonly string[] = [],
  ) {
    super(message);
  }
}
