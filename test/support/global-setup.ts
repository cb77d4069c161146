import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { findBinary } from '../../dev/servers/binaries.js';
import { startInbox } from '../../dev/servers/inbox.js';
import { migrateKratos } from '../../dev/servers/kratos.js';
import { executeSql, startPostgres } from '../../dev/servers/postgres.js';
import { startTemporal } from '../../dev/servers/temporal.js';
import { namespaceOf } from './namespaces.js';

export const TEMPLATE_DATABASE = 'kratos_template';

/** The servers that every server test gets with `inject('servers')`. */
export interface SharedServers {
  kratosBinary: string;
  temporalBinary: string;
  /** Connection string of the Postgres server, with `DATABASE` in place of the database. */
  postgresUrl: string;
  temporalAddress: string;
  /** Address of Temporal's web pages. */
  temporalUiUrl: string;
  smtpUrl: string;
  inboxUrl: string;
  /** Temporary folder of this run; removed at the end. */
  dir: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    servers: SharedServers;
  }
}

const log = (line: string): void => console.log(`[servers] ${line}`);

/** Vitest prints an error of a teardown and still exits with 0. */
function fail(message: string): never {
  process.exitCode = 1;
  throw new Error(message);
}

/** Starts the servers that all test files share, once; each file adds its own Kratos and database (world.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = Date.now();
  const kratosBinary = await findBinary('kratos', { log });
  const temporalBinary = await findBinary('temporal', { log });
  const dir = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-test-'));
  await chmod(dir, 0o711); // as root, Postgres runs as another user and must pass through
  const stops: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stopAll = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    const inbox = await startInbox({ dir: path.join(dir, 'mails') });
    stops.push(() => inbox.stop());
    const postgres = await startPostgres({ dir: path.join(dir, 'postgres'), durable: false });
    stops.push(() => postgres.stop());
    await executeSql(postgres.url('postgres'), `CREATE DATABASE ${TEMPLATE_DATABASE}`);
    const kratosDir = path.join(dir, 'template');
    await mkdir(kratosDir);
    // Only the namespaces of these files: each costs Temporal some work, also while nothing happens in it.
    const { testFiles } = await project.globTestFiles();
    const [temporal] = await Promise.all([
      startTemporal({
        binary: temporalBinary,
        dir: path.join(dir, 'temporal'),
        namespaces: testFiles.map(namespaceOf),
        // Half of what a cluster has: enough for 100,000 rows, and soon reached by a test that wants it.
        suggestContinueAsNewAfter: 2000,
        ui: true,
      }),
      migrateKratos({
        binary: kratosBinary,
        databaseUrl: postgres.url(TEMPLATE_DATABASE),
        dir: kratosDir,
      }),
    ]);
    stops.push(() => temporal.stop());
    project.provide('servers', {
      kratosBinary,
      temporalBinary,
      postgresUrl: postgres.url('DATABASE'),
      temporalAddress: temporal.address,
      temporalUiUrl: temporal.uiUrl!,
      smtpUrl: inbox.smtpUrl,
      inboxUrl: inbox.pageUrl,
      dir,
    });
    log(
      `Postgres, Temporal and the inbox run (after ${Math.round((Date.now() - started) / 1000)} s)`,
    );
    return async () => {
      const died = [postgres, temporal].filter((server) => !server.running()).length;
      const open = died
        ? []
        : await executeSql(
            postgres.url('postgres'),
            "SELECT datname FROM pg_database WHERE datname LIKE 'world%'",
          );
      await stopAll();
      const names = open.map(({ datname }) => String(datname)).join(', ');
      if (died > 0) fail(`${died} of the shared servers ended while the tests ran`);
      if (names) fail(`worlds that no test closed (call world.close() in afterAll): ${names}`);
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
