// Compiles the program into dist/, bcrypt's lanes to WebAssembly, and bundles the workflows ahead of time, so that a
// worker starts at once and runs exactly what was tested.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { markBuilt } from './built.mjs';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);
const { resolve } = createRequire(import.meta.url);
const tsc = resolve('typescript/bin/tsc');
const asc = fileURLToPath(new URL('node_modules/assemblyscript/bin/asc.js', root));

const started = new Date();
rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
execFileSync(
  process.execPath,
  // 64 KiB are enough, and memory that never grows needs no runtime.
  [
    ...[asc, 'src/passwords/bcrypt/assembly/bcrypt.ts', '--outFile', 'dist/bcrypt.wasm', '-O3'],
    ...['--runtime', 'stub', '--initialMemory', '1', '--maximumMemory', '1'],
  ],
  { cwd: root, stdio: 'inherit' },
);
const workflows = fileURLToPath(new URL('workflows/index.js', dist));
const interceptors = fileURLToPath(new URL('workflows/interceptors.js', dist));
const spans = resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors');
await bundle('workflow-bundle.js', [interceptors]);
// Another one, so that workflows without traces run nothing of them.
await bundle('workflow-bundle-traced.js', [interceptors, spans]);
const { buildProgram } = await import(new URL('src/cli/main.js', dist).href);
const { renderManPage } = await import(new URL('src/cli/man-page.js', dist).href);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
writeFileSync(new URL('user-import.1', dist), renderManPage(buildProgram({}), version));
markBuilt(started);

async function bundle(/** @type {string} */ name, /** @type {string[]} */ modules) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows,
    workflowInterceptorModules: modules,
    logger: new DefaultLogger('WARN'),
    // Stack traces need lines, not their text, of which a worker would hold several copies all its life.
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-source-map' }),
  });
  writeFileSync(new URL(name, dist), code);
}
