#!/usr/bin/env node
/** The command line, which reads and writes as the worker does: `node user-import.mjs status ID`. */
import { runCommandLine } from 'kratos-user-import/cli';
import { dataConverter } from './data-converter.mjs';

process.exit(await runCommandLine(process.argv, { dataConverter }));
