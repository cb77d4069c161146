/** All servers that an import needs, on this machine. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findBinary } from './binaries.js';
import type { Log } from './binaries.js';
import { DEMO_SCHEMA_ID, demoSchema } from './demo-schema.js';
import { startInbox } from './inbox.js';
import type { Inbox } from './inbox.js';
import { startKratos } from './kratos.js';
import { requireLoopback } from './loopback.js';
import { startPlatform } from './pages/platform-pages.js';
import { freePort } from './ports.js';
import { executeSql, startPostgres } from './postgres.js';
import { startTemporal } from './temporal.js';

/** The settings that name servers which are then not started here. */
export const SERVER_SETTINGS = ['KRATOS_ADMIN_URL', 'TEMPORAL_ADDRESS', 'SMTP_URL'] as const;

/** The addresses of a running stack. The addresses of servers that are not started here come from the settings. */
export interface Stack {
  temporalAddress: string;
  /** Undefined when Temporal is not started here. */
  temporalUiUrl: string | undefined;
  kratosAdminUrl: string;
  /** Undefined when Kratos is not started here and `KRATOS_PUBLIC_URL` is not set. */
  kratosPublicUrl: string | undefined;
  /** Where people sign in and choose a password. Undefined when Kratos is not started here. */
  pagesUrl: string | undefined;
  smtpUrl: string;
  /** Undefined when the mail server is not started here. */
  inbox: Inbox | undefined;
  /** Process ids of the started servers, by name. */
  pids: Record<string, number>;
  /** Ends the started servers, the last one first. Harmless when called again. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** All data, secrets and logs; the same folder brings the same data back. */
  dir: string;
  /** `TEMPORAL_ADDRESS`, `KRATOS_ADMIN_URL`, `KRATOS_PUBLIC_URL`, `SMTP_URL`: a server that is set is not started. */
  settings: Record<string, string | undefined>;
  log: Log;
  /** Whether Temporal serves its web page. */
  ui: boolean;
  /** The name of the platform, on the pages that Kratos leads to. */
  app: string;
  /** Cost of Kratos's own hashing. */
  bcryptCost: number;
  /** Aborts the start before its next step. */
  signal?: AbortSignal;
}

/**
 * Starts the servers that the settings do not name: an inbox, Postgres with Kratos, and Temporal, all on 127.0.0.1.
 *
 * A Ctrl+C reaches only this process, and a guard ends each server when this process is killed (see process.ts).
 *
 * @throws Error when a server does not come up; the servers that were started before it are ended first.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, settings } = options;
  for (const setting of SERVER_SETTINGS) {
    const address = settings[setting];
    if (address) requireLoopback(setting, address);
  }
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const ports = await readPorts(dir);
  const servers = new RunningServers(options.signal);
  try {
    // Builds the binaries first, which may take minutes: no other server has to wait for them.
    await prepareBinaries(options);
    options.signal?.throwIfAborted();
    const mail = await useMail(options, servers, ports);
    const kratos = await useKratos(options, servers, ports, mail.smtpUrl);
    const temporal = await useTemporal(options, servers, ports);
    await writePorts(dir, ports);
    return { ...mail, ...kratos, ...temporal, pids: servers.pids, stop: () => servers.stop() };
  } catch (error) {
    await servers.stop().catch(() => undefined);
    throw error;
  }
}

/** The started servers, in order. */
class RunningServers {
  readonly pids: Record<string, number> = {};
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(private readonly signal: AbortSignal | undefined) {}

  add<T extends { stop(): Promise<void>; pid?: number }>(name: string, server: T): T {
    this.stops.push(() => server.stop());
    if (server.pid !== undefined) this.pids[name] = server.pid;
    this.signal?.throwIfAborted();
    return server;
  }

  async stop(): Promise<void> {
    const failed: unknown[] = [];
    for (let next = this.stops.pop(); next !== undefined; next = this.stops.pop()) {
      await next().catch((error: unknown) => failed.push(error));
    }
    if (failed.length > 0) throw new AggregateError(failed, 'not every server could be stopped');
  }
}

async function prepareBinaries({ settings, log }: StackOptions): Promise<void> {
  if (!settings['KRATOS_ADMIN_URL']) await findBinary('kratos', { log });
  if (!settings['TEMPORAL_ADDRESS']) await findBinary('temporal', { log });
}

async function useMail(
  { dir, settings, log }: StackOptions,
  servers: RunningServers,
  ports: Ports,
): Promise<Pick<Stack, 'smtpUrl' | 'inbox'>> {
  const smtpUrl = settings['SMTP_URL'];
  if (smtpUrl) return { smtpUrl, inbox: undefined };
  log('Starting the inbox');
  const inbox = servers.add(
    'inbox',
    await startInbox({
      dir: path.join(dir, 'mails'),
      smtpPort: ports['smtp'],
      pagePort: ports['inboxPage'],
    }),
  );
  ports['smtp'] = portOf(inbox.smtpUrl);
  ports['inboxPage'] = portOf(inbox.pageUrl);
  return { smtpUrl: inbox.smtpUrl, inbox };
}

async function useKratos(
  { dir, settings, log, bcryptCost, app }: StackOptions,
  servers: RunningServers,
  ports: Ports,
  smtpUrl: string,
): Promise<Pick<Stack, 'kratosAdminUrl' | 'kratosPublicUrl' | 'pagesUrl'>> {
  const { KRATOS_ADMIN_URL: kratosAdminUrl, KRATOS_PUBLIC_URL: kratosPublicUrl } = settings;
  if (kratosAdminUrl) return { kratosAdminUrl, kratosPublicUrl, pagesUrl: undefined };
  // Before Kratos, which is told where its pages are; they need its address, too.
  const pagesPort = await freePort(ports['pages']);
  const databaseUrl = await startKratosDatabase(dir, log, servers, ports);
  log('Starting Kratos');
  const kratos = servers.add(
    'kratos',
    await startKratos({
      binary: await findBinary('kratos', { log }),
      databaseUrl,
      schemas: { [DEMO_SCHEMA_ID]: demoSchema },
      defaultSchemaId: DEMO_SCHEMA_ID,
      dir: path.join(dir, 'kratos'),
      pagesUrl: `http://127.0.0.1:${pagesPort}`,
      publicPort: ports['kratosPublic'],
      adminPort: ports['kratosAdmin'],
      bcryptCost,
      smtpUrl,
      log,
    }),
  );
  ports['kratosAdmin'] = portOf(kratos.adminUrl);
  ports['kratosPublic'] = portOf(kratos.publicUrl);
  const { adminUrl, publicUrl } = kratos;
  const { traits } = demoSchema.properties;
  const pages = servers.add(
    'pages',
    await startPlatform({
      port: pagesPort,
      kratosPublicUrl: publicUrl,
      app,
      traits: traits.properties,
    }),
  );
  ports['pages'] = pagesPort;
  return { kratosAdminUrl: adminUrl, kratosPublicUrl: publicUrl, pagesUrl: pages.url };
}

/** @returns the connection string of Kratos's database, which is made when missing */
async function startKratosDatabase(
  dir: string,
  log: Log,
  servers: RunningServers,
  ports: Ports,
): Promise<string> {
  log('Starting Postgres');
  const postgres = servers.add(
    'postgres',
    await startPostgres({
      dir: path.join(dir, 'postgres'),
      durable: true,
      port: ports['postgres'],
    }),
  );
  ports['postgres'] = postgres.port;
  const admin = postgres.url('postgres');
  const found = await executeSql(admin, "SELECT 1 FROM pg_database WHERE datname = 'kratos'");
  if (found.length === 0) await executeSql(admin, 'CREATE DATABASE kratos');
  return postgres.url('kratos');
}

async function useTemporal(
  { dir, settings, log, ui }: StackOptions,
  servers: RunningServers,
  ports: Ports,
): Promise<Pick<Stack, 'temporalAddress' | 'temporalUiUrl'>> {
  const temporalAddress = settings['TEMPORAL_ADDRESS'];
  if (temporalAddress) return { temporalAddress, temporalUiUrl: undefined };
  log('Starting Temporal');
  const temporal = servers.add(
    'temporal',
    await startTemporal({
      binary: await findBinary('temporal', { log }),
      dir: path.join(dir, 'temporal'),
      dbFile: path.join(dir, 'temporal', 'temporal.db'),
      port: ports['temporal'],
      uiPort: ports['temporalUi'],
      ui,
    }),
  );
  ports['temporal'] = portOf(temporal.address);
  if (temporal.uiUrl !== undefined) ports['temporalUi'] = portOf(temporal.uiUrl);
  return { temporalAddress: temporal.address, temporalUiUrl: temporal.uiUrl };
}

/** Ports of the last start, by server: links in mails and open pages still work after a restart. */
type Ports = Record<string, number>;

async function readPorts(dir: string): Promise<Ports> {
  const text = await readFile(portsFile(dir), 'utf8').catch(() => '{}');
  return JSON.parse(text) as Ports;
}

function writePorts(dir: string, ports: Ports): Promise<void> {
  return writeFile(portsFile(dir), JSON.stringify(ports, null, 2));
}

function portsFile(dir: string): string {
  return path.join(dir, 'ports.json');
}

function portOf(address: string): number {
  return Number(/:(\d+)\/?$/.exec(address)?.[1]);
}
