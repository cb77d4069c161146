import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';

/**
 * How to reach Temporal, as the Temporal CLI and SDKs read it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_* and the profile file.
 */
function connectConfig() {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return { connectionOptions, namespace: namespace ?? 'default' };
}

/** Where Temporal is, for messages. */
export function temporalAddress(): string {
  return connectConfig().connectionOptions.address ?? 'localhost:7233';
}

export async function connectWorker(): Promise<{
  connection: NativeConnection;
  namespace: string;
}> {
  // Loaded here: it takes longer than most commands take, which have no use for it.
  const { NativeConnection } = await import('@temporalio/worker');
  const { connectionOptions, namespace } = connectConfig();
  return {
    connection: await NativeConnection.connect(connectionOptions),
    namespace,
  };
}

/** A client and what closes it. */
export async function connectClient(): Promise<{ client: Client; close: () => Promise<void> }> {
  const { connectionOptions, namespace } = connectConfig();
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}
