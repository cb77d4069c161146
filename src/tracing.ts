/**
 * OpenTelemetry traces from a command over workflows, chunks and activities to each request to Kratos. Nothing of it is
 * loaded unless OTEL_EXPORTER_OTLP_ENDPOINT says where they go; the other OTEL_* variables hold as everywhere.
 */
import type { Span } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import type { AxiosError, AxiosInstance, InternalAxiosRequestConfig } from 'axios';

export interface Tracing {
  /** For Temporal's clients and workers. */
  plugin: OpenTelemetryPlugin;
  /** Makes a span of each request of an HTTP client, and passes the trace on. */
  traceRequests: (http: AxiosInstance) => void;
  /** Sends what is left. */
  close: () => Promise<void>;
}

const SERVICE = 'kratos-user-import';
/** The collector may be away: nobody waits longer for it at the end. */
const LONGEST_CLOSE_MS = 3000;

function isWanted(): boolean {
  const { env } = process;
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  if (env['OTEL_TRACES_EXPORTER'] === 'none') return false;
  return Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}

/** Once a process. @returns undefined where traces go nowhere */
export async function startTracing(): Promise<Tracing | undefined> {
  if (!isWanted()) return undefined;
  const [otel, contexts, core, exporter, resources, sdk, temporal] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
    import('@temporalio/interceptors-opentelemetry'),
  ]);
  const resource = new resources.Resource({
    'service.name': SERVICE,
    ...resources.envDetectorSync.detect().attributes,
  });
  const batches = new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter());
  const spanProcessor = new KnownAttributesOnly(batches);
  const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register({
    contextManager: new contexts.AsyncLocalStorageContextManager(),
    // Only the trace itself is passed on, no baggage.
    propagator: new core.W3CTraceContextPropagator(),
  });
  return {
    plugin: new temporal.OpenTelemetryPlugin({ resource, spanProcessor }),
    traceRequests: requestTracer(otel),
    close: async () => {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, LONGEST_CLOSE_MS).unref()),
      ]);
    },
  };
}

/** What a span may say: ids, statuses and paths without values. */
const KNOWN_ATTRIBUTES =
  /^(workflow_id|run_id|activity_id|update_id|http\.request\.method|http\.response\.status_code|url\.path|server\.address|server\.port|error\.type)$/;

/**
 * Lets nothing out but what is known to hold no personal data. The SDK puts all that it knows of a workflow into its
 * spans, its memo included, and the text of errors.
 */
class KnownAttributesOnly implements SpanProcessor {
  constructor(private readonly next: SpanProcessor) {}

  onStart(...started: Parameters<SpanProcessor['onStart']>): void {
    this.next.onStart(...started);
  }

  onEnd(span: ReadableSpan): void {
    const attributes = Object.fromEntries(
      Object.entries(span.attributes).filter(([name]) => KNOWN_ATTRIBUTES.test(name)),
    );
    const { code } = span.status;
    this.next.onEnd(
      Object.create(span, {
        attributes: { value: attributes, enumerable: true },
        events: { value: [], enumerable: true },
        status: { value: { code }, enumerable: true },
      }) as ReadableSpan,
    );
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }
}

/** Of Kratos's paths; any other part of one is an id, an identifier or an operator's own. */
const PATH_WORDS = new Set(
  'admin identities by external schemas health ready alive version recovery code link sessions credentials self-service login registration api browser flows'.split(
    ' ',
  ),
);

/** The path of a request without its query and its values. */
export function pathPattern(path: string): string {
  const parts = path.split('?', 1)[0]!.split('/');
  return parts.map((part) => (part === '' || PATH_WORDS.has(part) ? part : '{}')).join('/');
}

function requestTracer(otel: typeof import('@opentelemetry/api')): Tracing['traceRequests'] {
  const tracer = otel.trace.getTracer(SERVICE);
  const spans = new WeakMap<InternalAxiosRequestConfig, Span>();
  const end = (
    request: InternalAxiosRequestConfig | undefined,
    status: number | undefined,
    failure?: string,
  ): void => {
    const span = request && spans.get(request);
    if (!span) return;
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (failure !== undefined) {
      span.setAttribute('error.type', failure);
      span.setStatus({ code: otel.SpanStatusCode.ERROR });
    }
    span.end();
  };
  return (http) => {
    http.interceptors.request.use((request) => {
      const method = (request.method ?? 'get').toUpperCase();
      const { pathname, hostname, port } = new URL(http.getUri(request));
      const path = pathPattern(pathname);
      const span = tracer.startSpan(`${method} ${path}`, {
        kind: otel.SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'url.path': path,
          'server.address': hostname,
          ...(port !== '' && { 'server.port': Number(port) }),
        },
      });
      spans.set(request, span);
      otel.propagation.inject(otel.trace.setSpan(otel.context.active(), span), request.headers, {
        set: (headers, name, value) => void headers.set(name, value),
      });
      return request;
    });
    http.interceptors.response.use(
      (response) => {
        end(response.config, response.status);
        return response;
      },
      (error: AxiosError) => {
        const status = error.response?.status;
        end(error.config, status, String(status ?? error.code ?? 'unknown'));
        return Promise.reject(error);
      },
    );
  };
}
