import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { withBuildLock } from './build-lock.js';
import { cacheFolder, projectRoot } from './paths.js';

export type BinaryName = 'temporal' | 'kratos' | 'versitygw';

/** Receives one line for the operator; the demo prints it. */
export type Log = (line: string) => void;

interface Recipe {
  title: string;
  module: string;
  package: string;
  /** The setting that makes the server unnecessary. */
  setting: string;
  minutes: string;
}

const RECIPES: Record<BinaryName, Recipe> = {
  temporal: {
    title: 'the Temporal dev server',
    module: 'github.com/temporalio/cli',
    package: 'github.com/temporalio/cli/cmd/temporal',
    setting: 'TEMPORAL_ADDRESS=host:port',
    minutes: '3 to 7 minutes',
  },
  kratos: {
    title: 'Ory Kratos',
    module: 'github.com/ory/kratos',
    package: 'github.com/ory/kratos',
    setting: 'KRATOS_ADMIN_URL=http://127.0.0.1:port',
    minutes: '4 to 7 minutes',
  },
  versitygw: {
    title: 'the S3-compatible server versitygw',
    module: 'github.com/versity/versitygw',
    package: 'github.com/versity/versitygw/cmd/versitygw',
    setting: 'AWS_ENDPOINT_URL_S3=http://127.0.0.1:port',
    minutes: '2 to 4 minutes',
  },
};

const PROGRESS_MS = 30_000;

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

export async function findOnPath(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const folders = (env['PATH'] ?? '').split(path.delimiter);
  for (const folder of folders.filter((each) => path.isAbsolute(each))) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** The path of a build of the pinned version; another pin, platform or machine type gives another name. */
async function cachedFile(name: BinaryName, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = path.join(projectRoot(), 'dev', 'servers', name);
  const goMod = await readFile(path.join(folder, 'go.mod'), 'utf8');
  const goSum = await readFile(path.join(folder, 'go.sum'));
  const pinned = goMod
    .split('\n')
    .find((line) => line.trim().startsWith(`${RECIPES[name].module} v`));
  const version = pinned?.trim().split(' ')[1] ?? 'unknown';
  const hash = createHash('sha256')
    .update(goMod)
    .update(goSum)
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
    .slice(0, 10);
  return path.join(cacheFolder(env), 'bin', `${name}-${version}-${hash}`);
}

function noGo(name: BinaryName): Error {
  const { title, setting } = RECIPES[name];
  return new Error(
    `There is no \`${name}\` on the PATH, and no Go to build it from source. Do one of these:\n` +
      `  - put a ${name} binary (${title}) on the PATH,\n` +
      `  - or use a server that runs already: set ${setting},\n` +
      '  - or install Go 1.21 or later from https://go.dev/dl and start this again.',
  );
}

/** Runs `go build`; resolves with its exit code and what it wrote. */
function goBuild(
  name: BinaryName,
  output: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const cwd = path.join(projectRoot(), 'dev', 'servers', name);
    const go = spawn('go', ['build', '-o', output, RECIPES[name].package], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const keep = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-10_000));
    go.stdout.on('data', keep);
    go.stderr.on('data', keep);
    go.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? noGo(name) : error),
    );
    go.once('close', (code) => resolve({ code, text }));
  });
}

async function build(
  name: BinaryName,
  file: string,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<void> {
  const folder = path.dirname(file);
  // This process holds the lock, so these folders are left over from builds that were killed.
  const prefix = `build-${path.basename(file)}-`;
  for (const left of (await readdir(folder)).filter((each) => each.startsWith(prefix))) {
    await rm(path.join(folder, left), { recursive: true, force: true });
  }
  const temporary = await mkdtemp(path.join(folder, prefix));
  const started = Date.now();
  const { title, minutes } = RECIPES[name];
  log(`Building ${title} from source, once (${minutes} on two cores): ${file}`);
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    log(`Still building ${title} (${seconds} s so far; it is built once and kept)`);
  }, PROGRESS_MS);
  try {
    const built = path.join(temporary, name);
    const { code, text } = await goBuild(name, built, env);
    if (code !== 0) {
      const tail = text.trimEnd().split('\n').slice(-20).join('\n');
      throw new Error(
        `Building ${title} failed (go build, exit code ${code}) in ${path.join(projectRoot(), 'dev', 'servers', name)}. ` +
          `Put a ${name} binary on the PATH, or set ${RECIPES[name].setting}, to do without. Go said:\n${tail}`,
      );
    }
    // Renamed in one step: a binary under its final name is always complete.
    await rename(built, file);
    log(`Built ${title} in ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    clearInterval(progress);
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * The path of a server's binary: one on the PATH, else the one in this user's cache, else built there from the
 * pinned Go module, which takes minutes the first time. Processes that ask at the same time build it once.
 *
 * @throws Error when there is neither a binary nor Go (naming the ways out), or when the build fails (with the end
 *   of Go's output; nothing half built is left).
 */
export async function findBinary(
  name: BinaryName,
  { log, env = process.env }: { log: Log; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const onPath = await findOnPath(name, env);
  if (onPath !== undefined) return onPath;
  const file = await cachedFile(name, env);
  if (await isExecutable(file)) return file;
  if ((await findOnPath('go', env)) === undefined) throw noGo(name);
  await mkdir(path.dirname(file), { recursive: true });
  const waits = (seconds: number): void =>
    log(`Another process is building ${RECIPES[name].title}; waiting for it (${seconds} s so far)`);
  await withBuildLock(`${file}.lock`, waits, async () => {
    if (!(await isExecutable(file))) await build(name, file, env, log);
  });
  return file;
}
