import { Connection } from '@temporalio/client';
import path from 'node:path';
import { despiteTakenPorts, freePort } from './ports.js';
import { startProcess, untilReady } from './process.js';
import type { ServerProcess } from './process.js';

export interface Temporal extends ServerProcess {
  /** `host:port` */
  address: string;
  /** Undefined when started without the UI. */
  uiUrl: string | undefined;
}

export interface TemporalOptions {
  binary: string;
  /** The log goes here. */
  dir: string;
  /** Made when missing; `default` is always there. */
  namespaces?: string[];
  /** SQLite file that keeps workflows over restarts; in memory when absent. */
  dbFile?: string;
  /** After so many events the server suggests to continue as new; its own default is 4,096. */
  suggestContinueAsNewAfter?: number;
  /** Further limits of the server by their names in its dynamic configuration. */
  limits?: Record<string, number>;
  ui?: boolean;
  port?: number;
  uiPort?: number;
}

/**
 * The dev server's limits on calls a second (2,400 for a namespace, 1,200 for matching) are made for a shared
 * cluster; a benchmark at full speed, or all test files at once, would reach them. The last limit is on reads of new
 * tasks: 20 a second for a shard, and the dev server has one shard.
 */
const RATES = [
  'frontend.namespaceRPS',
  'frontend.rps',
  'history.rps',
  'matching.rps',
  'history.transferProcessorMaxPollRPS',
];
const NO_LIMIT = 100_000;
/**
 * Without WAL, SQLite makes a file for each transaction and deletes it again. And with it, it need not wait for the disk
 * in each: no crash of the server loses one, a power cut may lose the last.
 */
const CHEAP_TRANSACTIONS = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => [
  '--sqlite-pragma',
  pragma,
]);

function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  // The server would ask a server on the internet for newer versions.
  return { ...Object.fromEntries(others), TEMPORAL_VERSION_CHECK_DISABLED: 'true' };
}

/** Whether the server answers for each namespace. */
async function knows(address: string, namespaces: string[]): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    for (const namespace of namespaces) {
      await connection.workflowService.describeNamespace({ namespace });
    }
    return true;
  } finally {
    await connection.close();
  }
}

/**
 * Starts a Temporal dev server on 127.0.0.1 and waits until it answers for its namespaces.
 *
 * @throws Error with the end of its log when it does not come up.
 */
export function startTemporal(options: TemporalOptions): Promise<Temporal> {
  return despiteTakenPorts(() => startOnce(options));
}

async function startOnce(options: TemporalOptions): Promise<Temporal> {
  const { binary, dir, dbFile, ui = false, namespaces = [] } = options;
  const limits: Record<string, number | undefined> = {
    ...Object.fromEntries(RATES.map((rate) => [rate, NO_LIMIT])),
    'limit.historyCount.suggestContinueAsNew': options.suggestContinueAsNewAfter,
    ...options.limits,
  };
  const port = await freePort(options.port);
  const uiPort = ui ? await freePort(options.uiPort) : undefined;
  const logFile = path.join(dir, 'temporal.log');
  const server = await startProcess({
    name: 'Temporal',
    command: binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--log-level', 'warn'],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(dbFile === undefined ? [] : ['--db-filename', dbFile, ...CHEAP_TRANSACTIONS]),
      ...namespaces.flatMap((name) => ['--namespace', name]),
      ...Object.entries(limits).flatMap(([name, limit]) =>
        limit === undefined ? [] : ['--dynamic-config-value', `${name}=${limit}`],
      ),
    ],
    env: environment(),
    logFile,
  });
  const address = `127.0.0.1:${port}`;
  await untilReady(server, { name: 'Temporal', logFile, seconds: 60 }, () =>
    knows(address, ['default', ...namespaces]),
  );
  return {
    ...server,
    address,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
  };
}
