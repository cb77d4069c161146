import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { despiteTakenPorts, freePort } from './ports.js';
import { startProcess, untilReady } from './process.js';
import type { ServerProcess } from './process.js';

export interface S3Server extends ServerProcess {
  url: string;
  /** The environment of whoever uses it: AWS's own variables. */
  env: Record<string, string>;
}

export interface S3Options {
  binary: string;
  /** Its log, and a folder for each bucket; kept over restarts. */
  dir: string;
  /** Made when missing. */
  buckets: string[];
  /** Keeps what is removed or replaced, in the buckets that ask for it. */
  versioning?: boolean;
  port?: number;
}

/** Of a server that only this machine reaches. */
const ACCESS = { AWS_ACCESS_KEY_ID: 'importer', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
const AWS_REGION = 'us-east-1';

/**
 * Starts an S3-compatible server on 127.0.0.1 and waits until it answers.
 *
 * @throws Error with the end of its log when it does not come up.
 */
export function startS3(options: S3Options): Promise<S3Server> {
  return despiteTakenPorts(() => startOnce(options));
}

async function startOnce({
  binary,
  dir,
  buckets,
  versioning = false,
  port: preferred,
}: S3Options): Promise<S3Server> {
  const port = await freePort(preferred);
  const at = (name: string): string => path.join(dir, name);
  for (const name of ['root', 'sidecar', 'versions']) await mkdir(at(name), { recursive: true });
  for (const bucket of buckets) await mkdir(path.join(at('root'), bucket), { recursive: true });
  const logFile = at('versitygw.log');
  const server = await startProcess({
    name: 'versitygw',
    command: binary,
    // `--sidecar`: attributes of objects are kept in files, since not every file system has extended attributes.
    args: [
      ...['--port', `127.0.0.1:${port}`, '--region', AWS_REGION, '--quiet'],
      ...['posix', '--sidecar', at('sidecar')],
      ...(versioning ? ['--versioning-dir', at('versions')] : []),
      at('root'),
    ],
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      ROOT_ACCESS_KEY: ACCESS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: ACCESS.AWS_SECRET_ACCESS_KEY,
    },
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(server, { name: 'versitygw', logFile, seconds: 30 }, async () => {
    // Any answer will do: it refuses those who do not sign.
    return (await fetch(url)).status < 500;
  });
  return { ...server, url, env: { ...ACCESS, AWS_REGION, AWS_ENDPOINT_URL_S3: url } };
}
