import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Log } from './binaries.js';
import { kratosConfig, type SignInOptions } from './kratos-config.js';
import { despiteTakenPorts, freePort } from './ports.js';
import { logTail, startProcess, untilReady } from './process.js';
import type { ServerProcess } from './process.js';

export interface Kratos extends ServerProcess {
  adminUrl: string;
  publicUrl: string;
}

export interface KratosOptions extends SignInOptions {
  binary: string;
  /** A Postgres connection string. */
  databaseUrl: string;
  /** Identity schemas by id. */
  schemas: Record<string, object>;
  defaultSchemaId: string;
  /** Where Kratos's own mails go, such as `smtp://127.0.0.1:1025`. */
  smtpUrl: string;
  /** Cost of Kratos's own hashing, 4 to 31. Default 8: quick, and not for real users. */
  bcryptCost?: number;
  /** Parts of recovery that are switched off; none by default. */
  switchedOff?: ('link' | 'code' | 'recovery')[];
  /** Configuration, secret and log; made when missing. */
  dir: string;
  /** The pages that it sends browsers to; none by default. */
  pagesUrl?: string | undefined;
  publicPort?: number;
  adminPort?: number;
  /** False when the database is a copy of a migrated one. */
  migrate?: boolean;
  log?: Log;
}

/** No `DSN`, port or address of this process's environment may leak into it: Kratos prefers them to its file. */
function environment(databaseUrl: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DSN: `${databaseUrl}&max_conns=20&max_idle_conns=4`,
    SQA_OPT_OUT: 'true', // no telemetry
  };
}

async function stableSecret(dir: string): Promise<string> {
  const file = path.join(dir, 'secret');
  const stored = await readFile(file, 'utf8').catch(() => undefined);
  if (stored !== undefined) return stored;
  const secret = randomBytes(32).toString('hex');
  await writeFile(file, secret, { mode: 0o600 });
  return secret;
}

/**
 * Brings a database to the state that this Kratos needs. Takes some seconds for an empty one, and is harmless to
 * repeat.
 *
 * @throws Error with the end of Kratos's output.
 */
export async function migrateKratos(
  options: Pick<KratosOptions, 'binary' | 'databaseUrl' | 'dir'>,
): Promise<void> {
  const logFile = path.join(options.dir, 'migrate.log');
  const migration = await startProcess({
    name: 'Kratos migration',
    command: options.binary,
    args: ['migrate', 'sql', '-e', '--yes'],
    env: environment(options.databaseUrl),
    logFile,
  });
  await migration.ended;
  if (migration.exitCode() !== 0) {
    throw new Error(`Kratos could not migrate its database:\n${await logTail(logFile)}`);
  }
}

/**
 * Starts a Kratos on 127.0.0.1 and waits until it is ready. It runs with `--dev`, because plain http and a bcrypt
 * cost below 12 need that, and sends its mails itself.
 *
 * @throws Error with the end of Kratos's log when it does not come up.
 */
export function startKratos(options: KratosOptions): Promise<Kratos> {
  return despiteTakenPorts(() => startOnce(options));
}

async function startOnce(options: KratosOptions): Promise<Kratos> {
  const { dir, binary, databaseUrl } = options;
  await mkdir(dir, { recursive: true });
  const publicPort = await freePort(options.publicPort);
  const adminPort = await freePort(options.adminPort);
  const publicUrl = `http://127.0.0.1:${publicPort}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const configFile = path.join(dir, 'kratos.json');
  const config = kratosConfig({
    ...options,
    bcryptCost: options.bcryptCost ?? 8,
    secret: await stableSecret(dir),
    publicUrl,
    publicPort,
    adminPort,
  });
  await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  if (options.migrate !== false) {
    options.log?.('Preparing the database of Kratos');
    await migrateKratos({ binary, databaseUrl, dir });
  }
  const logFile = path.join(dir, 'kratos.log');
  const server = await startProcess({
    name: 'Kratos',
    command: binary,
    args: ['serve', '--dev', '--watch-courier', '--sqa-opt-out', '-c', configFile],
    env: environment(databaseUrl),
    logFile,
  });
  const answers = async (url: string): Promise<boolean> => (await fetch(`${url}/health/ready`)).ok;
  await untilReady(server, { name: 'Kratos', logFile, seconds: 60 }, async () => {
    return (await answers(adminUrl)) && (await answers(publicUrl));
  });
  return { ...server, adminUrl, publicUrl };
}
