#!/usr/bin/env node
// CommonJS, since what it sets must be set before any module is loaded.
const { setFlagsFromString } = require('node:v8');

// V8 lets a heap grow to four times what lives in it before it collects. The rows of a chunk live just long enough to be
// promoted, so a worker over a large file would hold several times the memory that it needs.
setFlagsFromString('--heap-growing-percent=50');

import('../dist/src/cli/main.js')
  .then(({ main }) => main(process.argv))
  .then((status) => process.exit(status));
