/** Connections to Temporal. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { withoutLogin } from './address.js';
import { SettingsError } from './settings-error.js';
import { startTracing } from './tracing.js';

/** Temporal does not answer; the message names its address and the settings to check. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(cause: unknown) {
    super(
      `Temporal cannot be reached at ${temporalAddress()}. Is it running, and are TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE right?`,
      { cause },
    );
  }
}

/**
 * How to reach Temporal, as the Temporal CLI and SDKs read it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_* and the profile file.
 */
function connectConfig() {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig();
    return { connectionOptions, namespace: namespace ?? 'default' };
  } catch (error) {
    throw new SettingsError(`Temporal's settings cannot be used: ${whatIsWrong(error)}`);
  }
}

/** What the SDK and its TOML parser say quotes the file, which may hold an API key: only the place is passed on. */
function whatIsWrong(error: unknown): string {
  const { line, column, code, path } = error as NodeJS.ErrnoException & Place;
  const file = 'the profile file (TEMPORAL_CONFIG_FILE, else temporal.toml of the Temporal CLI)';
  if (line !== undefined) return `${file} is not valid TOML in line ${line}, column ${column}.`;
  if (code !== undefined) return `a file that they name cannot be read (${code}): ${path}`;
  return `TEMPORAL_PROFILE (or "default") is not a profile of ${file}, or a key or a value in it is not one that the Temporal CLI knows.`;
}

interface Place {
  line?: number;
  column?: number;
}

/** Where the setting TASK_QUEUE names no other. */
export const DEFAULT_TASK_QUEUE = 'user-import';

/** The queue on which workers of this installation work. Whoever knows it and the namespace can work there, too. */
export function taskQueue(): string {
  return process.env['TASK_QUEUE'] || DEFAULT_TASK_QUEUE;
}

/** The address of Temporal, for messages. */
export function temporalAddress(): string {
  return withoutLogin(connectConfig().connectionOptions.address ?? 'localhost:7233');
}

/** The namespace of the workers and of the commands. */
export function temporalNamespace(): string {
  return connectConfig().namespace;
}

/** A worker's connection, which its caller closes. @throws UnreachableError */
export async function connectWorker(): Promise<{
  connection: NativeConnection;
  namespace: string;
}> {
  // Loaded here: it takes longer than most commands take, which do not need it.
  const { NativeConnection } = await import('@temporalio/worker');
  const { connectionOptions, namespace } = connectConfig();
  const connection = await NativeConnection.connect(connectionOptions).catch(failUnreachable);
  return { connection, namespace };
}

let converter: DataConverter | undefined;

/** How this process reads and writes what Temporal stores; undefined: as the SDK does. */
export function dataConverter(): DataConverter | undefined {
  return converter;
}

/** For all clients and workers that are made from now on. */
export function setDataConverter(own: DataConverter | undefined): void {
  converter = own;
}

/** A client, and the function that closes its connection. @throws UnreachableError */
export async function connectClient(): Promise<{ client: Client; close: () => Promise<void> }> {
  const { connectionOptions, namespace } = connectConfig();
  const tracing = await startTracing();
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: '5s',
  }).catch(failUnreachable);
  const plugins = tracing ? [tracing.plugin] : [];
  return {
    client: new Client({ connection, namespace, dataConverter: converter, plugins }),
    close: async () => {
      await connection.close();
      await tracing?.close();
    },
  };
}

function failUnreachable(cause: unknown): never {
  throw new UnreachableError(cause);
}
