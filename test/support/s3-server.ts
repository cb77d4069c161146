import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../../dev/servers/binaries.js';
import { startS3, type S3Server } from '../../dev/servers/s3.js';

/** The bucket that it has. */
export const BUCKET = 'imports';

export interface TestS3 extends S3Server {
  /** Its process is killed, and another one takes its place with all that was kept. */
  restart(): Promise<void>;
  /** Ends it, and removes what it holds. */
  close(): Promise<void>;
}

/**
 * A store of this test file's own.
 * @param versioning whether its bucket can keep versions
 */
export async function startTestS3({ versioning = false } = {}): Promise<TestS3> {
  const binary = await findBinary('versitygw', { log: (line) => console.log(`[s3] ${line}`) });
  const dir = await mkdtemp(join(tmpdir(), 'kratos-user-import-s3-'));
  const options = { binary, dir, buckets: [BUCKET], versioning };
  let server = await startS3(options);
  return {
    ...server,
    async restart() {
      await server.kill();
      server = await startS3({ ...options, port: Number(new URL(server.url).port) });
    },
    async close() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
