// csv-parse alone: reads a file into arrays of cells and drops them. Usage: csv-parse.mjs FILE
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';

const started = performance.now();
let rows = 0;
const parser = createReadStream(process.argv[2] ?? '').pipe(parse());
parser.on('data', () => rows++);
await new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
console.log(JSON.stringify({ rows: rows - 1, seconds: (performance.now() - started) / 1000 }));
