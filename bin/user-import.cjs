#!/usr/bin/env node
// CommonJS, since what it sets must be set before any module is loaded.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

// V8 lets a heap grow to four times what lives in it before it collects. The rows of a chunk live just long enough to be
// promoted, so a worker over a large file would hold several times the memory that it needs.
setFlagsFromString('--heap-growing-percent=30');
// Of the threads of workflows and hashing, in MiB: they need no more, and would fill 16 before they collect.
setFlagsFromString('--max-semi-space-size=4');

// Libraries that heed it print tokens and addresses.
delete process.env.DEBUG;

/** The demo starts servers of its own from a checkout: the image and the package do not have it. */
const DEMO = path.join(__dirname, '../dist/dev/demo/command.js');

async function run() {
  const { main } = await import('../dist/src/cli/main.js');
  const extensions = existsSync(DEMO) ? [(await import(pathToFileURL(DEMO))).addDemoCommand] : [];
  process.exit(await main(process.argv, extensions));
}

void run();
