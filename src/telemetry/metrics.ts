/**
 * The import's own metrics, beside those of Temporal's SDK: every name, label and bucket is here. Labels have few values
 * that are known beforehand; no workflow id, address or message is ever one.
 */
import type { MetricMeter } from '@temporalio/common';

/** Without the suffixes that Prometheus gets: `_total` of a counter, the unit and the parts of a histogram. */
const METRICS = {
  rows: {
    kind: 'counter',
    name: 'user_import_rows',
    labels: ['outcome'],
    description: 'Rows by what they came to, counted when their chunk is done',
  },
  undone: {
    kind: 'counter',
    name: 'user_import_undone_users',
    labels: ['result'],
    description: 'Users by what an undo did with them',
  },
  batches: {
    kind: 'histogram',
    name: 'user_import_batch_duration',
    unit: 'seconds',
    labels: ['result'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    description: 'Requests that create several users, by whether Kratos answered',
  },
  batchRows: {
    kind: 'counter',
    name: 'user_import_batch_rows',
    labels: ['result'],
    description: 'Rows in the requests that create several users',
  },
  writes: {
    kind: 'gauge',
    name: 'user_import_writes_in_flight',
    labels: [],
    description: 'Batches that wait for the answer of Kratos',
  },
  writesLimit: {
    kind: 'gauge',
    name: 'user_import_writes_limit',
    labels: [],
    description: 'Batches at once at most, as measured to be fastest',
  },
  retries: {
    kind: 'counter',
    name: 'user_import_kratos_retries',
    labels: ['reason'],
    description: 'Requests to Kratos that have to be sent again',
  },
  failures: {
    kind: 'counter',
    name: 'user_import_failed_attempts',
    labels: ['type'],
    description: 'Attempts of activities that failed, by the type of the failure',
  },
  mails: {
    kind: 'counter',
    name: 'user_import_invitations',
    labels: ['result'],
    description: 'Invitations by what came of them',
  },
  notifications: {
    kind: 'counter',
    name: 'user_import_notifications',
    labels: ['result'],
    description: 'Notifications of operators by whether they were taken, each channel by itself',
  },
  ends: {
    kind: 'counter',
    name: 'user_import_reports',
    labels: ['ending'],
    description: 'Reports written, by the end of their import',
  },
  waits: {
    kind: 'counter',
    name: 'user_import_waits',
    labels: ['reason'],
    description: 'Times that an import began to wait for an operator, or for the token',
  },
} as const satisfies Record<string, Metric>;

interface Metric {
  kind: 'counter' | 'gauge' | 'histogram';
  name: string;
  unit?: string;
  labels: readonly string[];
  /** Upper bounds of a histogram. */
  buckets?: readonly number[];
  description: string;
}

type NameOf<Kind extends Metric['kind']> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof METRICS];
type LabelsOf<Name extends keyof typeof METRICS> = Record<
  (typeof METRICS)[Name]['labels'][number],
  string
>;

/** @param more 0 begins the series */
export function count<Name extends NameOf<'counter'>>(
  meter: MetricMeter,
  name: Name,
  labels: LabelsOf<Name>,
  more = 1,
): void {
  const metric: Metric = METRICS[name];
  meter.createCounter(metric.name, metric.unit, metric.description).add(more, labels);
}

/** @param value in the unit of the metric */
export function observe<Name extends NameOf<'histogram'>>(
  meter: MetricMeter,
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
): void {
  const metric: Metric = METRICS[name];
  meter
    .createHistogram(metric.name, 'float', metric.unit, metric.description)
    .record(value, labels);
}

export function gauge(meter: MetricMeter, name: NameOf<'gauge'>, value: number): void {
  const metric: Metric = METRICS[name];
  meter.createGauge(metric.name, 'int', metric.unit, metric.description).set(value);
}

/** The bounds of our histograms, as the SDK's exporter takes them. */
export function bucketOverrides(): Record<string, number[]> {
  return Object.fromEntries(
    Object.values<Metric>(METRICS).flatMap(({ name, buckets }) =>
      buckets ? [[name, [...buckets]]] : [],
    ),
  );
}

/** The names as Prometheus reads them. */
export function prometheusNames(): string[] {
  return Object.values<Metric>(METRICS).flatMap(({ kind, name, unit }) => {
    if (kind === 'counter') return [`${name}_total`];
    const parts = ['bucket', 'sum', 'count'].map((part) => `${name}_${unit}_${part}`);
    return kind === 'histogram' ? parts : [name];
  });
}
