/** The worker's settings, as far as a command on this machine needs them. */
import type { Settings } from '../config.js';

/** Placeholders for settings that commands without a worker do not need: they read no folder of it and send no mail. */
const NOT_NEEDED = {
  IMPORT_ROOT: '.',
  IMPORT_RUNS: '.',
  SMTP_URL: 'smtp://localhost',
  MAIL_FROM: 'nobody@localhost',
  APP_NAME: 'none',
  MAIL_TEMPLATES: '',
  AUDIT_DATABASE_URL: '',
};

/** What is put in the place of a setting that is missing or wrong, so that the others can be read. */
export const STAND_INS: Record<string, string> = {
  ...NOT_NEEDED,
  KRATOS_ADMIN_URL: 'http://localhost',
};

export function workerSettings(): Promise<Settings> {
  return settingsFrom(process.env);
}

export function checkSettings(): Promise<Settings> {
  return settingsFrom({ ...process.env, ...NOT_NEEDED });
}

/** Those of Kratos alone, whatever else is set. */
export async function kratosSettings(): Promise<Settings['kratos']> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('KRATOS_'));
  return (await settingsFrom({ ...Object.fromEntries(own), ...NOT_NEEDED })).kratos;
}

/** The schemas are loaded here: loading them takes longer than a small command does. */
async function settingsFrom(env: Record<string, string | undefined>): Promise<Settings> {
  const { readSettings } = await import('../config.js');
  return readSettings(env);
}
