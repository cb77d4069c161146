import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findBinary } from './binaries.js';
import type { Log } from './binaries.js';
import { DEMO_SCHEMA_ID, demoSchema } from './demo-schema.js';
import { startInbox } from './inbox.js';
import type { Inbox } from './inbox.js';
import { startKratos } from './kratos.js';
import { executeSql, startPostgres } from './postgres.js';
import { startTemporal } from './temporal.js';

/** The addresses of a running stack. Those of servers that we did not start come from the settings. */
export interface Stack {
  temporalAddress: string;
  /** Undefined when Temporal is not ours. */
  temporalUiUrl: string | undefined;
  kratosAdminUrl: string;
  /** Undefined when Kratos is not ours and `KRATOS_PUBLIC_URL` is not set. */
  kratosPublicUrl: string | undefined;
  smtpUrl: string;
  /** Undefined when the mail server is not ours. */
  inbox: Inbox | undefined;
  /** Process ids of the servers that we started, by name. */
  pids: Record<string, number>;
  /** Ends what we started, last started first. Harmless when called again. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** All data, secrets and logs; the same folder brings the same world back. */
  dir: string;
  /** `TEMPORAL_ADDRESS`, `KRATOS_ADMIN_URL`, `KRATOS_PUBLIC_URL`, `SMTP_URL`: what is set is used, not started. */
  settings: Record<string, string | undefined>;
  log: Log;
  /** Whether Temporal serves its web page. */
  ui: boolean;
  bcryptCost?: number;
  /** Aborts the start before its next step. */
  signal?: AbortSignal;
}

/**
 * Refuses a server elsewhere: invented people must not get into somebody's real platform, nor may our worker take real
 * imports.
 * @param setting its name, for the message
 * @param address a URL, or Temporal's `host:port`
 */
export function requireLoopback(setting: string, address: string): void {
  const url = address.includes('://') ? address : `temporal://${address}`;
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)) return;
  throw new Error(
    `${setting}=${address} is not an address of this machine (localhost, 127.0.0.1 or [::1]). ` +
      `The demo creates invented people and uses only servers here: unset ${setting} to have one started.`,
  );
}

/** Ports of the last start, so that links in mails and open pages work after a restart. */
async function portMemory(dir: string): Promise<{ known: Record<string, number>; file: string }> {
  const file = path.join(dir, 'ports.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return { known: JSON.parse(text) as Record<string, number>, file };
}

const portOf = (address: string): number => Number(/:(\d+)\/?$/.exec(address)?.[1]);

/**
 * Starts what the settings do not name: an inbox, Postgres with Kratos, and Temporal, all on 127.0.0.1.
 *
 * A Ctrl+C reaches only us, and a guard ends each server should we be killed (see process.ts).
 *
 * @throws Error when a server does not come up; those that were started before it are ended first.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, settings, log, ui, signal } = options;
  const adminSetting = settings['KRATOS_ADMIN_URL'];
  for (const setting of ['KRATOS_ADMIN_URL', 'TEMPORAL_ADDRESS', 'SMTP_URL']) {
    const address = settings[setting];
    if (address) requireLoopback(setting, address);
  }
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const { known, file } = await portMemory(dir);
  const pids: Record<string, number> = {};
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    const failed: unknown[] = [];
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) {
      await next().catch((error: unknown) => failed.push(error));
    }
    if (failed.length > 0) throw new AggregateError(failed, 'not every server could be stopped');
  };
  const keep = <T extends { stop(): Promise<void>; pid?: number }>(name: string, server: T): T => {
    stops.push(() => server.stop());
    if (server.pid !== undefined) pids[name] = server.pid;
    signal?.throwIfAborted();
    return server;
  };

  try {
    // First what may take minutes, so that nothing stands half started meanwhile.
    const kratosBinary = adminSetting ? '' : await findBinary('kratos', { log });
    const temporalBinary = settings['TEMPORAL_ADDRESS']
      ? ''
      : await findBinary('temporal', { log });
    signal?.throwIfAborted();

    let smtpUrl = settings['SMTP_URL'];
    let inbox: Inbox | undefined;
    if (!smtpUrl) {
      log('Starting the inbox');
      const [smtpPort, pagePort] = [known['smtp'], known['inboxPage']];
      inbox = keep('inbox', await startInbox({ dir: path.join(dir, 'mails'), smtpPort, pagePort }));
      ({ smtpUrl } = inbox);
    }

    let kratosAdminUrl = adminSetting;
    let kratosPublicUrl = settings['KRATOS_PUBLIC_URL'];
    if (!kratosAdminUrl) {
      log('Starting Postgres');
      const postgresDir = path.join(dir, 'postgres');
      const postgres = keep(
        'postgres',
        await startPostgres({ dir: postgresDir, durable: true, port: known['postgres'] }),
      );
      known['postgres'] = postgres.port;
      const admin = postgres.url('postgres');
      const found = await executeSql(admin, "SELECT 1 FROM pg_database WHERE datname = 'kratos'");
      if (found.length === 0) await executeSql(admin, 'CREATE DATABASE kratos');
      log('Starting Kratos');
      const kratos = keep(
        'kratos',
        await startKratos({
          binary: kratosBinary,
          databaseUrl: postgres.url('kratos'),
          schemas: { [DEMO_SCHEMA_ID]: demoSchema },
          defaultSchemaId: DEMO_SCHEMA_ID,
          dir: path.join(dir, 'kratos'),
          publicPort: known['kratosPublic'],
          adminPort: known['kratosAdmin'],
          bcryptCost: options.bcryptCost,
          smtpUrl,
          log,
        }),
      );
      ({ adminUrl: kratosAdminUrl, publicUrl: kratosPublicUrl } = kratos);
    }

    let temporalAddress = settings['TEMPORAL_ADDRESS'];
    let temporalUiUrl: string | undefined;
    if (!temporalAddress) {
      log('Starting Temporal');
      const temporal = keep(
        'temporal',
        await startTemporal({
          binary: temporalBinary,
          dir: path.join(dir, 'temporal'),
          dbFile: path.join(dir, 'temporal', 'temporal.db'),
          port: known['temporal'],
          uiPort: known['temporalUi'],
          ui,
        }),
      );
      ({ address: temporalAddress, uiUrl: temporalUiUrl } = temporal);
    }

    const started: Record<string, string | undefined> = {
      smtp: inbox?.smtpUrl,
      inboxPage: inbox?.pageUrl,
      kratosAdmin: adminSetting ? undefined : kratosAdminUrl,
      kratosPublic: adminSetting ? undefined : kratosPublicUrl,
      temporal: settings['TEMPORAL_ADDRESS'] ? undefined : temporalAddress,
      temporalUi: temporalUiUrl,
    };
    for (const [name, address] of Object.entries(started)) {
      if (address !== undefined) known[name] = portOf(address);
    }
    await writeFile(file, JSON.stringify(known, null, 2));
    return {
      temporalAddress,
      temporalUiUrl,
      kratosAdminUrl,
      kratosPublicUrl,
      smtpUrl,
      inbox,
      pids,
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}
