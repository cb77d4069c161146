/** Charts as SVG, drawn on the worker by ECharts. Loaded only where there is something to draw: it takes a while. */
import { LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { formatNumber } from '../../format.js';
import { day, timeOfDay } from './format.js';

use([LineChart, GridComponent, SVGRenderer]);

export interface Line {
  /** A custom property of the page's style: colours follow its light and dark scheme. */
  colour: `--${string}`;
  dashed?: boolean;
  filled?: boolean;
  points: [at: number, value: number][];
}

export interface Chart {
  /** Unique within the page. */
  id: string;
  lines: Line[];
}

interface Size {
  width: number;
  height: number;
  /** How many times stand below it, about. */
  times: number;
}

/** The two sizes that a page shows, one of them at a time: text that shrinks with the picture cannot be read. */
export const SIZES = {
  wide: { width: 760, height: 230, times: 7 },
  narrow: { width: 340, height: 190, times: 3 },
} satisfies Record<string, Size>;

/** An SVG that follows the width of what it stands in. It has no script, and no ids but its own. */
export function drawChart({ id, lines }: Chart, size: keyof typeof SIZES): string {
  const { width, height, times } = SIZES[size];
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(optionOf(lines, times));
    return tidied(chart.renderToSVGString(), `${id}-${size}`);
  } finally {
    chart.dispose();
  }
}

const FONT = { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: 'var(--soft)' };

function optionOf(lines: Line[], times: number): Record<string, unknown> {
  const all = lines.flatMap(({ points }) => points.map(([at]) => at));
  const span = Math.max(...all) - Math.min(...all);
  return {
    animation: false,
    useUTC: true,
    grid: {
      left: 4,
      right: 16,
      top: 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: {
      type: 'time',
      min: Math.min(...all),
      max: Math.max(...all),
      splitNumber: times,
      axisLine: { lineStyle: { color: 'var(--rule)' } },
      axisTick: { lineStyle: { color: 'var(--rule)' } },
      axisLabel: { ...FONT, hideOverlap: true, formatter: (at: number) => timeLabel(at, span) },
    },
    yAxis: {
      type: 'value',
      min: 0,
      minInterval: 1,
      splitNumber: 4,
      splitLine: { lineStyle: { color: 'var(--rule)' } },
      axisLabel: { ...FONT, formatter: (value: number) => formatNumber(value) },
    },
    series: lines.map(({ colour, dashed, filled, points }) => ({
      type: 'line',
      silent: true,
      showSymbol: false,
      data: points,
      color: `var(${colour})`,
      lineStyle: { color: `var(${colour})`, width: 2, type: dashed ? [6, 4] : 'solid' },
      ...(filled && { areaStyle: { color: `var(${colour})`, opacity: 0.16 } }),
    })),
  };
}

const MINUTES_10 = 10 * 60_000;
const DAY = 24 * 3600_000;

function timeLabel(at: number, span: number): string {
  const date = new Date(at);
  if (span > 3 * DAY) return day(date);
  const [hours, minutes, seconds] = timeOfDay(date).split(':') as [string, string, string];
  if (span > DAY) return `${day(date)} ${hours}:${minutes}`;
  return span > MINUTES_10 ? `${hours}:${minutes}` : `${hours}:${minutes}:${seconds}`;
}

/**
 * Without what only scripts and pointers need, and with ids that neither collide with those of another chart nor depend
 * on how many were drawn before: the same report gives the same page.
 */
function tidied(svg: string, id: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/zr\d+-/g, `${id}-`)
    .replace(/ xmlns:xlink="[^"]*"/, '')
    .replace(/ xmlns="[^"]*" version="[^"]*" baseProfile="[^"]*"/, '')
    .replace(/<svg width="\d+" height="\d+"/, '<svg aria-hidden="true"');
}
