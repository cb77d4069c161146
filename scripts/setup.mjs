// Makes a checkout ready to run: Node's version, packages, build. Plain Node, since nothing is installed yet.
// Quick when there is nothing to do, so `npm run demo` and `npm test` call it every time.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isBuilt } from './built.mjs';
import { npm, root } from './npm.mjs';

const at = (/** @type {string[]} */ ...names) => path.join(root, ...names);
const readJson = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'));

function checkNode() {
  const wanted = readJson(at('package.json')).engines.node.replace('>=', '');
  const [have, want] = [process.versions.node, wanted].map((text) => text.split('.').map(Number));
  const differs = want.findIndex(
    (/** @type {number} */ part, /** @type {number} */ i) => part !== have[i],
  );
  if (differs === -1 || have[differs] > want[differs]) return;
  console.error(
    `This needs Node ${wanted} or later; ${process.execPath} is ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org and start this again.',
  );
  process.exit(1);
}

/** Whether node_modules holds what package-lock.json says, by the list that npm keeps of what it installed. */
function packagesAreInstalled() {
  const listed = at('node_modules', '.package-lock.json');
  if (!existsSync(listed)) return false;
  const wanted = readJson(at('package-lock.json')).packages;
  const have = readJson(listed).packages;
  return Object.entries(wanted).every(([name, { version, integrity, optional, devOptional }]) => {
    if (name === '') return true;
    // Other platforms' packages are optional and absent.
    if (have[name] === undefined) return Boolean(optional || devOptional);
    return have[name].version === version && have[name].integrity === integrity;
  });
}

/** Runs npm; says every 30 seconds that npm still runs, and shows its output only when it fails. */
async function setUp(/** @type {string[]} */ args, /** @type {string} */ what) {
  console.log(`${what} (npm ${args.join(' ')})`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const timer = setInterval(() => console.log(`${what}: ${seconds()} s so far`), 30_000);
  const { passed, output } = await npm(args);
  clearInterval(timer);
  if (!passed) {
    console.error(`${output}\nnpm ${args.join(' ')} failed in ${root}; its output is above.`);
    process.exit(1);
  }
  console.log(`${what}: done in ${seconds()} s`);
}

checkNode();
// `npm ci` builds as well, by the script `prepare`, unless npm is configured to run no scripts.
if (!packagesAreInstalled()) await setUp(['ci'], 'Installing packages and building, once');
if (!isBuilt()) await setUp(['run', 'build'], 'Building');
