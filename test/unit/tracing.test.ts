import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import { expect, it, onTestFinished, vi } from 'vitest';
import { pathPattern, startTracing } from '../../src/tracing.js';

it.each([
  ['/admin/identities', '/admin/identities'],
  ['/admin/identities?credentials_identifier=ann@example.com', '/admin/identities'],
  ['/admin/identities/6cb8', '/admin/identities/{}'],
  ['/admin/identities/by/external/ann@example.com', '/admin/identities/by/external/{}'],
  ['/tenants/ann/admin/recovery/link', '/{}/{}/admin/recovery/link'],
])('a span of a request to %s has the path %s', (path, pattern) => {
  expect(pathPattern(path)).toBe(pattern);
});

it('nothing is traced where no address says where traces go', async () => {
  expect(await startTracing()).toBeUndefined();
});

/** @param take gets each request with its body; what it returns is the status */
async function serve(
  take: (url: string, headers: IncomingHttpHeaders, body: string) => number,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      response.writeHead(take(request.url!, request.headers, body)).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a request is a span that the server is told of, with its status and without its values', async () => {
  const bodies: string[] = [];
  const collector = await serve((_url, _headers, body) => (bodies.push(body), 200));
  const parents: unknown[] = [];
  const kratos = await serve((url, headers) => {
    parents.push(headers['traceparent']);
    return url.includes('missing') ? 404 : 200;
  });
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=staging');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { traceRequests, close } = (await startTracing())!;
  const http = axios.create();
  traceRequests(http);
  await http.get(`${kratos}/admin/identities?credentials_identifier=ann%40secret.test`);
  await http.get(`${kratos}/admin/identities/missing-secret`).catch(() => undefined);
  await close();

  const text = bodies.join('');
  expect(text).toContain('deployment.environment');
  expect(text).toContain('kratos-user-import');
  expect(text).not.toContain('secret');
  interface Exported {
    traceId: string;
    spanId: string;
    name: string;
    attributes: { key: string; value: Record<string, unknown> }[];
  }
  const spans = bodies.flatMap((body) =>
    (
      JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Exported[] }[] }[] }
    ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
  expect(spans.map(({ name }) => name)).toEqual([
    'GET /admin/identities',
    'GET /admin/identities/{}',
  ]);
  expect(parents).toEqual(spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`));
  const status = spans[1]!.attributes.find(({ key }) => key === 'http.response.status_code');
  expect(status?.value).toEqual({ intValue: 404 });
});
