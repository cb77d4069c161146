/**
 * Histories of imports as the Temporal CLI and UI export them, stored and replayed: those of this version, and for ever
 * those of each version that was released.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

/** A folder for each version. */
export const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
/** Of workers whose traces go somewhere. */
export const TRACED_BUNDLE = BUNDLE.replace(/\.js$/, '-traced.js');

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/**
 * Converts between protobuf and its JSON. The SDK's own historyToJSON and historyFromJSON refuse to work where npm installs
 * protobufjs once for each of its packages, as it does here; the copy beside the types works.
 */
function protoJson() {
  const fromSdk = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
  const fromTypes = createRequire(fromSdk.resolve('@temporalio/proto'));
  const types = fromTypes('@temporalio/proto') as { lookupType: (name: string) => unknown };
  const { toJson, fromJson } = fromTypes('protobufjs/ext/protojson') as {
    toJson: (type: unknown, history: History) => Json;
    fromJson: (type: unknown, json: unknown) => History;
  };
  const type = types.lookupType('temporal.api.history.v1.History');
  return {
    toJson: (history: History) => toJson(type, history),
    fromJson: (json: unknown) => fromJson(type, json),
  };
}

/** The histories of this version. A run that continued as new is one file an execution, numbered. */
export const HISTORIES = [
  'plain',
  'one-chunk',
  'paused-and-resumed',
  'paused-by-failures',
  'cancelled',
  'approval-and-canary',
  'canary-sign-ins',
  'mode-update',
  'live-dry-run',
  'night',
  'night-unchanged',
  'not-valid',
  'continued-as-new-1',
  'continued-as-new-2',
  'inviting',
  'inviting-cancelled',
  'handing-over',
  'invitations',
  'invitations-cancelled',
  'invitations-continued-as-new',
  'notified-1',
  'notified-2',
  'notification',
  'undo',
  'undo-continued-as-new',
] as const;
export type HistoryName = (typeof HISTORIES)[number];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Event = Record<string, Json> & { eventType: string };
export interface StoredHistory {
  events: Event[];
}

export function storedNames(version: string): string[] {
  return readdirSync(`${FOLDER}${version}`).map((name) => name.replace(/\.json$/, ''));
}

export function storedHistory(version: string, name: string): StoredHistory {
  return JSON.parse(readFileSync(`${FOLDER}${version}/${name}.json`, 'utf8')) as StoredHistory;
}

/** One event a line, so that a diff shows a changed event. */
export function toText({ events }: StoredHistory): string {
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  return `{"events":[\n${lines}\n]}\n`;
}

/**
 * The history of an execution without traces of the machine that it was recorded on.
 * @param folders each folder, with the one that replaces it
 */
export async function record(
  handle: WorkflowHandle,
  folders: Record<string, string>,
): Promise<StoredHistory> {
  const history = protoJson().toJson(await handle.fetchHistory());
  return scrubbed(history, folders) as unknown as StoredHistory;
}

/** The process and the machine of a worker or a client. */
const IDENTITIES = new Set(['identity', 'binaryChecksum']);

function scrubbed(value: Json, folders: Record<string, string>): Json {
  const elsewhere = (text: string): string =>
    Object.entries(folders).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const scrub = (json: Json, key?: string): Json => {
    if (typeof json === 'string') {
      // A worker's own queue is named after its process and machine.
      if (IDENTITIES.has(key ?? '') || json.includes('@')) return 'scrubbed';
      if (key === 'data') return encode(elsewhere(decode(json)));
      return elsewhere(json);
    }
    if (Array.isArray(json)) return json.map((item) => scrub(item));
    if (json === null || typeof json !== 'object') return json;
    return Object.fromEntries(
      Object.entries(json)
        .filter(([name]) => name !== 'stackTrace')
        .map(([name, item]) => [name, scrub(item, name)]),
    );
  };
  return scrub(value);
}

/** A history holds payloads as base64. */
const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** All text of a history, its payloads decoded. */
export function plainText(history: StoredHistory): string {
  return JSON.stringify(history, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? decode(value) : value,
  );
}

/** Replays without the log of every step that a workflow would take otherwise. To be called before the first replay. */
export function quietly(): void {
  const telemetryOptions = { logging: { filter: 'OFF' } };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions });
}

/** Runs today's workflows over a history. The error is the first step that they would take otherwise. */
export async function replay(
  history: StoredHistory,
  codePath = BUNDLE,
): Promise<Error | undefined> {
  const started = history.events[0]?.['workflowExecutionStartedEventAttributes'] as {
    workflowId: string;
  };
  const histories = [{ workflowId: started.workflowId, history: protoJson().fromJson(history) }];
  // To which the traced workflows hand their spans.
  const sinks = { exporter: { export: { fn: () => undefined, callDuringReplay: false } } };
  const options = { workflowBundle: { codePath }, sinks };
  for await (const { error } of Worker.runReplayHistories(options, histories)) return error;
  throw new Error('nothing was replayed');
}
