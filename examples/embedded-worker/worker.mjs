/** A worker of one's own that runs imports: their settings come from the environment, see docs/settings.md. */
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createImportPlugin, readSettings } from 'kratos-user-import';
import { dataConverter } from './data-converter.mjs';

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: process.env.TASK_QUEUE ?? 'user-import',
    dataConverter,
    workflowsPath: fileURLToPath(new URL('workflows.mjs', import.meta.url)),
    plugins: [createImportPlugin(readSettings(process.env))],
    // Time for the batches in flight to end in order.
    shutdownGraceTime: '60 seconds',
  });
  await worker.run();
} finally {
  await connection.close();
}
