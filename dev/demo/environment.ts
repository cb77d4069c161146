/** The settings of the demo's worker, which are also those of a command that is typed beside it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quoted } from '../../src/shell.js';
import type { Stack } from '../servers/stack.js';

/** Lower than a real platform's 12, so that the sample's passwords take seconds. */
export const BCRYPT_COST = 8;
export const NAMESPACE = 'default';
export const APP_NAME = 'Example Platform';

export async function demoEnvironment(
  folder: string,
  stack: Stack,
): Promise<Record<string, string>> {
  const [importRoot, runs] = [path.join(folder, 'imports'), path.join(folder, 'runs')];
  for (const dir of [importRoot, runs]) await mkdir(dir, { recursive: true, mode: 0o700 });
  const { kratosPublicUrl, temporalUiUrl } = stack;
  return {
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: NAMESPACE,
    ...(temporalUiUrl && { TEMPORAL_UI_URL: temporalUiUrl }),
    KRATOS_ADMIN_URL: stack.kratosAdminUrl,
    ...(kratosPublicUrl && { KRATOS_PUBLIC_URL: kratosPublicUrl }),
    SMTP_URL: stack.smtpUrl,
    MAIL_FROM: `${APP_NAME} <no-reply@example.com>`,
    APP_NAME,
    IMPORT_ROOT: importRoot,
    IMPORT_RUNS: runs,
    ROLES: 'admin,user,support',
    TENANTS: 't1,t2,t3,t4',
    PASSWORD_BCRYPT_COST: String(BCRYPT_COST),
    LOG_LEVEL: 'error',
    IMPORT_ACTOR: 'demo',
  };
}

/**
 * @param program the command line's file
 * @returns the file, which a shell reads with `.`
 */
export async function writeEnvironment(
  folder: string,
  environment: Record<string, string>,
  program: string,
): Promise<string> {
  const file = path.join(folder, 'env');
  const lines = Object.entries(environment).map(
    ([name, value]) => `export ${name}=${quoted(value)}`,
  );
  // The commands that messages and pages give to copy are then found, which a checkout has on no PATH.
  const command = [process.execPath, program].map(quoted).join(' ');
  lines.push(`alias user-import=${quoted(command)}`);
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
