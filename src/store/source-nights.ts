/**
 * What a source keeps of its runs, one object each, never changed: which file it was, and what it came to. By the last
 * one the next run knows whether its file is another one, and how much smaller.
 *
 *     @sources/<source>/<start, digits alone>-<run id>.json
 *     @sources/<source>/begun      the run that was the last to begin to change users, whether or not it came to its end
 *
 * No workflow id begins with `@`. Counts and digests alone: a purge of a run leaves it.
 */
import { createHash } from 'node:crypto';
import type { RunRef } from '../contract/ids.js';
import type { ImportInput } from '../contract/import/input.js';
import type { NightCounts } from '../contract/report.js';
import { canonical } from '../identity/after-image.js';
import { checkFormat, withFormat } from './format.js';
import { mapAhead } from './map-ahead.js';
import type { Store } from './store.js';

/** A finished run of a source. */
export interface SourceNight {
  source: string;
  run: RunRef;
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string;
  /** Path below the import root. */
  file: string;
  sha256: string;
  /** See settingsDigest. */
  settings: string;
  /** Whether a run of the same file would change nothing: false where anything was left open. */
  repeats: boolean;
  rows: number;
  /** Users of the source who can sign in, after the run. */
  scope: number;
  /** Rows that are failed, invalid, undecided or left alone. */
  open: number;
  counts: NightCounts;
}

/** The same night again is no other one: an attempt may be repeated. */
export async function recordNight(store: Store, night: SourceNight): Promise<void> {
  const { source, startedAt, run } = night;
  const key = `${folderOf(source)}/${startedAt.replaceAll(/\D/g, '')}-${run.runId}.json`;
  await store.replace(key, `${JSON.stringify(withFormat(night))}\n`);
}

/**
 * @param most so many at most
 * @returns the newest ones, the newest last
 * @throws FormatError for a night of a later version
 */
export async function readNights(
  store: Store,
  source: string,
  most: number,
): Promise<SourceNight[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folderOf(source))) keys.push(key);
  const newest = keys.filter((key) => key.endsWith('.json')).slice(-most);
  const nights: SourceNight[] = [];
  for await (const night of mapAhead(newest, (key) => readRecord<SourceNight>(store, key))) {
    // To some disks, sources whose names differ in capital letters alone are one folder.
    if (night?.source === source) nights.push(night);
  }
  return nights;
}

/** A run of a source that is about to change users. */
export interface BegunRun {
  run: RunRef;
  /** ISO 8601. */
  at: string;
}

/** Before the first user is changed. */
export async function recordBegun(store: Store, source: string, begun: BegunRun): Promise<void> {
  await store.replace(begunOf(source), `${JSON.stringify(withFormat(begun))}\n`);
}

/** @throws FormatError for what a later version has written */
export function readBegun(store: Store, source: string): Promise<BegunRun | undefined> {
  return readRecord<BegunRun>(store, begunOf(source));
}

function begunOf(source: string): string {
  return `${folderOf(source)}/begun`;
}

async function readRecord<T>(store: Store, key: string): Promise<T | undefined> {
  const content = await store.read(key);
  if (!content) return undefined;
  const value = JSON.parse(content.bytes.toString()) as T;
  checkFormat(key, value);
  return value;
}

function folderOf(source: string): string {
  return `@sources/${source}`;
}

/** They change nothing of what the same file would come to. */
const OF_NO_WEIGHT: ReadonlySet<string> = new Set<keyof ImportInput>([
  'file',
  'newest',
  'actor',
  'approval',
  'canaryRows',
  'canarySignIns',
  'mapping',
  'chunkSize',
  'concurrency',
  'haltAboveFailureRate',
  'invitations',
]);

/** Of what decides what a file means: under other settings of it, a file is another one. */
export function settingsDigest(input: ImportInput): string {
  const settings = Object.entries(input).filter(([key]) => !OF_NO_WEIGHT.has(key));
  // Whoever is due a mail gets it from the next run that sends any, also one of the same file.
  const sendsMails = input.invitations.send !== 'never';
  return createHash('sha256')
    .update(canonical({ ...Object.fromEntries(settings), sendsMails }))
    .digest('hex');
}
