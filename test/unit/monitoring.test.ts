import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FATAL, RETRYABLE } from '../../src/contract/failures.js';
import { APPROVALS, PAUSE_REASONS, STALLS } from '../../src/contract/status.js';
import { OUTCOMES } from '../../src/contract/import/outcomes.js';
import { prometheusNames } from '../../src/telemetry/metrics.js';
import { SDK_METRICS, SDK_METRICS_OF_FAILURES } from '../support/sdk-metrics.js';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Rules {
  groups: {
    rules: { alert: string; expr: string; annotations: { summary: string; action: string } }[];
  }[];
}
const rules = (parse(read('deploy/prometheus/alerts.yml')) as Rules).groups.flatMap(
  (group) => group.rules,
);

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as Dashboard;

const queries = [
  ...rules.map(({ alert, expr }) => ({ of: `the alert ${alert}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ of: `the panel ${title}`, expr })),
  ),
];

const exported = [
  ...prometheusNames(),
  ...SDK_METRICS,
  ...SDK_METRICS_OF_FAILURES.map((name) => `temporal_${name}_total`),
];

describe('dashboard and alerts', () => {
  it('have queries', () => {
    expect(rules.length).toBeGreaterThan(5);
    expect(dashboard.panels.length).toBeGreaterThan(5);
  });

  it.each(queries)('$of reads only metrics that a worker exports', ({ expr }) => {
    const names = expr.match(/\b(user_import|temporal)_[a-z_]+/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !exported.includes(name))).toEqual([]);
  });

  it('read every metric of the import', () => {
    const text = queries.map(({ expr }) => expr).join('\n');
    // A histogram is read by its buckets.
    const needed = prometheusNames().filter((name) => !name.endsWith('_sum'));
    expect(needed.filter((name) => !text.includes(name))).toEqual([]);
  });

  it.each([
    ['reason', [...Object.keys(PAUSE_REASONS), ...Object.keys(APPROVALS), ...Object.keys(STALLS)]],
    ['type', [...Object.keys(RETRYABLE), ...Object.keys(FATAL)]],
    ['outcome', [...OUTCOMES]],
    ['ending', ['failed', 'validation-failed']],
  ])('name values that the label %s has', (label, values) => {
    const named = queries
      .flatMap(({ expr }) => [...expr.matchAll(new RegExp(`\\b${label}=~?"([^"]+)"`, 'g'))])
      .flatMap(([, value]) => value!.split('|'));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((value) => !values.includes(value))).toEqual([]);
  });

  it('every alert says what is wrong and what to do', () => {
    for (const { alert, annotations } of rules) {
      expect(annotations.summary, alert).toMatch(/\.$/);
      expect(annotations.action, alert).toMatch(/\.$/);
    }
  });

  it.runIf(process.platform === 'linux')('the SDK has the metrics of failures', () => {
    const { resolve } = createRequire(import.meta.url);
    const bridge = path.dirname(resolve('@temporalio/core-bridge/package.json'));
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const core = path.join(bridge, 'releases', `${machine}-unknown-linux-gnu`, 'index.node');
    const binary = readFileSync(core);
    for (const name of SDK_METRICS_OF_FAILURES) expect(binary.includes(name), name).toBe(true);
  });
});
