import type { MetricMeter, MetricTags } from '@temporalio/common';

/** A meter that remembers what was recorded, each as `name{label="value"} number`. */
export class MetricsInMemory implements MetricMeter {
  readonly recorded: string[] = [];

  createCounter: MetricMeter['createCounter'] = (name) => this.metric(name, 'counter') as never;
  createHistogram: MetricMeter['createHistogram'] = (name) =>
    this.metric(name, 'histogram') as never;
  createGauge: MetricMeter['createGauge'] = (name) => this.metric(name, 'gauge') as never;
  createUpDownCounter: MetricMeter['createUpDownCounter'] = (name) =>
    this.metric(name, 'up-down-counter') as never;
  withTags = (): MetricMeter => this;

  private metric(name: string, kind: string): object {
    const record = (value: number, tags: MetricTags = {}): void => {
      const labels = Object.entries(tags).map(([key, text]) => `${key}="${text}"`);
      const amount = kind === 'histogram' ? '' : ` ${value}`;
      this.recorded.push(`${name}{${labels.join(',')}}${amount}`);
    };
    return { name, kind, add: record, record, set: record };
  }
}
