/** One trace from the command to the request that Kratos gets, and nothing of a row in it. */
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

/** A collector of OTLP by HTTP and JSON. */
const collected: string[] = [];
/** What Kratos was sent, in front of it. */
const seen: { method: string; traceparent: string | undefined }[] = [];

let world: World;
let collector: string;
let kratos: string;

beforeAll(async () => {
  world = await createWorld();
  collector = await listen(
    createServer((incoming, response) => {
      void textOf(incoming).then((text) => {
        collected.push(text);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    }),
  );
  const { hostname, port } = new URL(world.kratos.adminUrl);
  kratos = await listen(
    createServer((incoming, response) => {
      const { method = '', url, headers } = incoming;
      seen.push({ method, traceparent: headers['traceparent'] as string | undefined });
      incoming.pipe(
        request({ hostname, port, path: url, method, headers }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        }),
      );
    }),
  );
});
afterAll(() => world.close());

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.onClose(
    () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function spans(): ExportedSpan[] {
  return collected.flatMap((text) => {
    const body = JSON.parse(text) as {
      resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[];
    };
    return body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: s }) => s));
  });
}

test('the command, the import, its chunk, the step and the request to Kratos are one trace', async () => {
  const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_BSP_SCHEDULE_DELAY: '200' };
  const worker = await startWorker(world, { ...otel, KRATOS_ADMIN_URL: kratos });
  const desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  const rows = ['tracy@traced.test,Traceable,user', 'tom@traced.test,Tomtom,admin'];
  await writeFile(path.join(desk, 'people.csv'), ['email,first_name,role', ...rows, ''].join('\n'));
  const started = await runCommand(
    world,
    desk,
    ['start', 'people.csv', '--invitations', 'never', '--mode', 'update'],
    otel,
  );
  expect(started.code).toBe(0);
  await until(() => spans().some(({ name }) => name === 'RunWorkflow:importUsers'));
  await worker.stop();
  expect(worker.exitCode()).toBe(0);

  const all = spans();
  const root = all.find(({ name }) => name === 'StartWorkflow:importUsers')!;
  expect(root.parentSpanId ?? '').toBe('');
  const trace = all.filter(({ traceId }) => traceId === root.traceId);
  const byId = new Map(trace.map((span) => [span.spanId, span]));
  const write = trace.find(({ name }) => name === 'PATCH /admin/identities')!;
  const names: string[] = [];
  for (let span: ExportedSpan | undefined = write; span; span = byId.get(span.parentSpanId ?? '')) {
    names.unshift(span.name);
  }
  expect(names).toEqual([
    'StartWorkflow:importUsers',
    'RunWorkflow:importUsers',
    'StartChildWorkflow:importChunk',
    'RunWorkflow:importChunk',
    'StartActivity:importRows',
    'RunActivity:importRows',
    'PATCH /admin/identities',
  ]);
  const { traceparent } = seen.find(({ method }) => method === 'PATCH')!;
  expect(traceparent).toBe(`00-${root.traceId}-${write.spanId}-01`);
  // The look-ups of update mode have addresses in their queries.
  expect(trace.filter(({ name }) => name === 'GET /admin/identities').length).toBeGreaterThan(0);
  const text = collected.join('\n');
  for (const secret of ['traced.test', 'Traceable', 'Tomtom', 'people.csv', 'memo']) {
    expect(text, secret).not.toContain(secret);
  }
});
