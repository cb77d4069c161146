import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, inject } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dev/servers/demo-schema.js';
import { startKratos } from '../../dev/servers/kratos.js';
import type { Kratos } from '../../dev/servers/kratos.js';
import type { SignInOptions } from '../../dev/servers/kratos-config.js';
import { executeSql } from '../../dev/servers/postgres.js';
import { inboxMessages } from '../../dev/servers/inbox.js';
import type { InboxMessage } from '../../dev/servers/inbox.js';
import { startTemporal } from '../../dev/servers/temporal.js';
import type { Temporal } from '../../dev/servers/temporal.js';
import { namespaceOf } from './namespaces.js';

export interface WorldOptions extends SignInOptions {
  /** Identity schemas by id; the demo's when absent. */
  schemas?: Record<string, object>;
  defaultSchemaId?: string;
  /** The parts of recovery that Kratos has switched off; none by default. */
  switchedOff?: ('link' | 'code' | 'recovery')[];
  /** Default 4, the lowest: tests do not measure hashing. */
  bcryptCost?: number;
  /** The pages that Kratos sends browsers to; none by default. */
  pagesUrl?: string;
  /** A Temporal of this world's own that keeps its workflows on disk, for tests that end it. */
  ownTemporal?: boolean;
}

/** A test file's own Kratos, database, namespace and folders. Ended with `close`. */
export interface World {
  kratos: Kratos;
  databaseUrl: string;
  temporalAddress: string;
  /** Only of a world with `ownTemporal`. */
  temporal: Temporal | undefined;
  namespace: string;
  smtpUrl: string;
  /** The folder of source files. */
  importRoot: string;
  /** The folder of run folders. */
  runs: string;
  /** Mails to one address, oldest first. The inbox is shared: use addresses of your own. */
  mailsTo(address: string): Promise<InboxMessage[]>;
  /** Starts Kratos again on the same ports and database, after `kratos.kill()` or `kratos.stop()`. */
  restartKratos(): Promise<void>;
  /** The same for a Temporal of its own: same port, same workflows. */
  restartTemporal(): Promise<void>;
  /** Something to end before Kratos is: last added, first ended. */
  onClose(end: () => Promise<void>): void;
  close(): Promise<void>;
}

let worlds = 0;

/** Makes a world for the calling test file. Takes about a second. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const shared = inject('servers');
  const testFile = expect.getState().testPath;
  if (testFile === undefined) throw new Error('createWorld is for tests and their hooks');
  worlds += 1;
  const database = `world_${process.pid}_${worlds}`;
  const adminDatabase = shared.postgresUrl.replace('DATABASE', 'postgres');
  const databaseUrl = shared.postgresUrl.replace('DATABASE', database);
  await executeSql(adminDatabase, `CREATE DATABASE ${database} TEMPLATE kratos_template`);
  const ends: (() => Promise<unknown>)[] = [
    () => executeSql(adminDatabase, `DROP DATABASE ${database} WITH (FORCE)`),
  ];
  const close = async (): Promise<void> => {
    for (let next = ends.pop(); next !== undefined; next = ends.pop()) await next();
  };
  try {
    const dir = await mkdtemp(path.join(shared.dir, 'world-'));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const [importRoot, runs] = [path.join(dir, 'files'), path.join(dir, 'runs')];
    await mkdir(importRoot);
    await mkdir(runs);
    const start = (publicPort?: number, adminPort?: number): Promise<Kratos> =>
      startKratos({
        binary: shared.kratosBinary,
        databaseUrl,
        schemas: options.schemas ?? { [DEMO_SCHEMA_ID]: demoSchema },
        defaultSchemaId:
          options.defaultSchemaId ?? Object.keys(options.schemas ?? {})[0] ?? DEMO_SCHEMA_ID,
        smtpUrl: shared.smtpUrl,
        bcryptCost: options.bcryptCost ?? 4,
        ...(options.switchedOff && { switchedOff: options.switchedOff }),
        providers: options.providers,
        passwordHook: options.passwordHook,
        pagesUrl: options.pagesUrl,
        dir: path.join(dir, 'kratos'),
        migrate: false,
        publicPort,
        adminPort,
      });
    const namespace = namespaceOf(testFile);
    const startOwnTemporal = (port?: number): Promise<Temporal> =>
      startTemporal({
        binary: shared.temporalBinary,
        dir: path.join(dir, 'temporal'),
        dbFile: path.join(dir, 'temporal.db'),
        namespaces: [namespace],
        port,
      });
    let temporal = options.ownTemporal ? await startOwnTemporal() : undefined;
    ends.push(async () => temporal?.stop());
    const world: World = {
      kratos: await start(),
      databaseUrl,
      temporalAddress: temporal?.address ?? shared.temporalAddress,
      temporal,
      namespace,
      smtpUrl: shared.smtpUrl,
      importRoot,
      runs,
      async mailsTo(address) {
        const mails = await inboxMessages(shared.inboxUrl);
        return mails.filter((mail) => mail.to.includes(address));
      },
      async restartKratos() {
        const { publicUrl, adminUrl } = world.kratos;
        await world.kratos.stop();
        world.kratos = await start(Number(new URL(publicUrl).port), Number(new URL(adminUrl).port));
      },
      async restartTemporal() {
        if (!temporal) throw new Error('the shared Temporal stays up: ask for ownTemporal');
        const { port } = new URL(`http://${temporal.address}`);
        await temporal.stop();
        temporal = await startOwnTemporal(Number(port));
        world.temporal = temporal;
      },
      onClose: (end) => void ends.push(end),
      close,
    };
    ends.push(() => world.kratos.stop());
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}
