/** Connections to Temporal. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection } from '@temporalio/worker';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
  type TLSConfig,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { withoutLogin } from './address.js';
import { SettingsError } from './settings-error.js';
import { findObstacle, type Tls } from './temporal-obstacle.js';
import { startTracing } from './tracing.js';

/** Temporal does not answer; the message names its address and the settings to check. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(
    message: string,
    override readonly cause: unknown,
  ) {
    super(message);
  }
}

/** For a command that Temporal has answered before. */
export function noLongerReachable(cause: unknown): UnreachableError {
  return new UnreachableError(
    `Temporal at ${temporalAddress()} does not answer any more. An import that runs goes on without this command. Look at it later: user-import status`,
    cause,
  );
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

const DEFAULT_ADDRESS = 'localhost:7233';

/** Where the setting TASK_QUEUE names no other. */
export const DEFAULT_TASK_QUEUE = 'user-import';

/** The queue on which workers of this installation work. Whoever knows it and the namespace can work there, too. */
export function taskQueue(): string {
  return process.env['TASK_QUEUE'] || DEFAULT_TASK_QUEUE;
}

/** A text of a workflow's memo, as Temporal lists it. Undefined where it is encoded, or none of ours. */
export function memoText(data: Uint8Array | null | undefined): string | undefined {
  if (!data) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The address of Temporal, for messages. */
export function temporalAddress(): string {
  return withoutLogin(connectConfig().connectionOptions.address ?? DEFAULT_ADDRESS);
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
  const connecting = Connection.connect({
    ...connectionOptions,
    connectTimeout: '5s',
    interceptors: [withinBounds(makeGrpcRetryInterceptor(defaultGrpcRetryOptions()))],
    channelArgs: RECONNECT,
  });
  const connection = await firstOf(connecting, connectionOptions.address).catch(failUnreachable);
  const plugins = tracing ? [tracing.plugin] : [];
  return {
    client: new Client({ connection, namespace, dataConverter: converter, plugins }),
    close: async () => {
      await connection.close();
      await tracing?.close();
    },
  };
}

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** A call that says nothing of its time would wait for ever. Temporal keeps a request for news open for 20 seconds. */
const CALL_MS = 10_000;
const NEWS_MS = 30_000;
const ASKS_FOR_NEWS = /GetWorkflowExecutionHistory$|PollWorkflowExecutionUpdate$/;

/** Each call ends in time, its retries included. */
function withinBounds(inner: Interceptor): Interceptor {
  return (options, nextCall) => {
    const { deadline, method_definition: method } = options;
    const most = ASKS_FOR_NEWS.test(method.path) ? NEWS_MS : CALL_MS;
    return inner({ ...options, deadline: deadline ?? Date.now() + most }, nextCall);
  };
}

/** Who watches an import goes on soon after Temporal is back: gRPC would wait for up to two minutes. */
const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/** A connection, or the refusal to make one: gRPC would go on trying an address where nothing listens. */
async function firstOf(
  connecting: Promise<Connection>,
  address: string | undefined,
): Promise<Connection> {
  const leaving = new AbortController();
  const { signal } = leaving;
  try {
    return await Promise.race([connecting, untilRefused(address, signal)]);
  } catch (error) {
    void connecting.then((late) => late.close()).catch(() => undefined);
    throw error;
  } finally {
    leaving.abort();
  }
}

const PROXIES = ['grpc_proxy', 'https_proxy', 'http_proxy'];
const REFUSED_FOR_MS = 1_000;

/**
 * Rejects once an address has refused connections for a second. Never ends otherwise: a server that is slow has its
 * time, and what is behind a proxy cannot be known.
 */
async function untilRefused(address: string | undefined, signal: AbortSignal): Promise<never> {
  const [, host, port] = /^([\w.-]+):(\d+)$/.exec(address ?? 'localhost:7233') ?? [];
  const isBehindProxy = PROXIES.some((name) => process.env[name]);
  const until = Date.now() + REFUSED_FOR_MS;
  while (host !== undefined && !isBehindProxy && !signal.aborted) {
    const refusal = await refusalOf(host, Number(port), signal);
    if (!refusal) break;
    if (Date.now() >= until) throw refusal;
    await sleep(REFUSED_FOR_MS / 4, undefined, { signal }).catch(() => undefined);
  }
  return new Promise<never>(() => undefined);
}

/** Undefined unless nothing listens there. */
function refusalOf(host: string, port: number, signal: AbortSignal): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (found?: NodeJS.ErrnoException): void => {
      socket.destroy();
      resolve(found?.code === 'ECONNREFUSED' ? found : undefined);
    };
    socket.once('connect', () => end()).once('error', end);
  });
}

/** @throws SettingsError where another setting would help, else UnreachableError */
async function failUnreachable(cause: unknown): Promise<never> {
  const { connectionOptions } = connectConfig();
  const { address = DEFAULT_ADDRESS, tls } = connectionOptions;
  if (isRefusal(cause)) throw new SettingsError(refusedBy(address));
  const { kind, text } = await findObstacle(withoutLogin(address), toNodeTls(tls));
  if (kind === 'away') {
    throw new UnreachableError(
      `Temporal cannot be reached at ${withoutLogin(address)}: ${text}. Is it running, and is TEMPORAL_ADDRESS right?`,
      cause,
    );
  }
  throw new SettingsError(`Temporal cannot be used at ${withoutLogin(address)}: ${text}.`);
}

function toNodeTls(tls: TLSConfig | boolean | null | undefined): Tls | undefined {
  if (!tls) return undefined;
  if (tls === true) return {};
  const { serverRootCACertificate: ca, serverNameOverride: servername, clientCertPair } = tls;
  const toPem = (pem: Uint8Array | undefined) => pem && Buffer.from(pem);
  const pair = clientCertPair && {
    cert: toPem(clientCertPair.crt),
    key: toPem(clientCertPair.key),
  };
  return { ...(ca && { ca: toPem(ca) }), ...(servername && { servername }), ...pair };
}

/** gRPC's PERMISSION_DENIED and UNAUTHENTICATED. */
const REFUSALS = new Set<unknown>([7, 16]);

/** Whether Temporal lets nobody in with these settings. */
export function isRefusal(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return REFUSALS.has(code) || (cause instanceof Error && isRefusal(cause));
}

/** What is said of it. */
export function refusedBy(address: string): string {
  return `Temporal at ${withoutLogin(address)} does not let you in. Are TEMPORAL_API_KEY, or the client's certificate, and TEMPORAL_NAMESPACE right, and may they do this?`;
}
