#!/usr/bin/env node
// Hashing takes whole threads of libuv's pool, whose size is fixed when it is first used: it must be set before any
// module is loaded, which is why this one file is CommonJS.
const { availableParallelism } = require('node:os');

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2));

import('../dist/src/cli/main.js')
  .then(({ main }) => main(process.argv))
  .then((status) => process.exit(status));
