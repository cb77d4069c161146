import type { Settings } from '../config.js';
import { connectWorker, temporalAddress } from '../temporal.js';
import { createWorker } from '../worker.js';
import { CommandError, EXIT } from './exit.js';

/** Runs a worker until it is told to stop (SIGINT, SIGTERM); what is in flight may finish first. */
export async function runWorker(settings: Settings): Promise<void> {
  const { connection, namespace } = await connectWorker().catch(() => {
    throw new CommandError(
      `Temporal cannot be reached at ${temporalAddress()}. Is it running, and are TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE right?`,
      EXIT.unreachable,
    );
  });
  try {
    const worker = await createWorker(settings, { connection, namespace });
    await worker.run();
  } finally {
    await connection.close();
  }
}
