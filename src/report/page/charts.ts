/**
 * Line charts over time as SVG: axes with round values, lines, areas. Their colours follow the page's light or dark
 * scheme.
 */
import { formatNumber } from '../../format.js';
import { html, type Markup } from './markup.js';
import { timeTicks, valueTicks } from './ticks.js';

export interface Line {
  /** A custom property of the page's style. */
  colour: `--${string}`;
  dashed?: boolean;
  filled?: boolean;
  points: [at: number, value: number][];
}

interface Size {
  width: number;
  height: number;
  /** The most steps between times on the axis; fewer where their labels would touch. */
  timeSteps: number;
}

/** The page shows one of the two: text that shrinks with a picture cannot be read on a phone. */
const SIZES = {
  wide: { width: 760, height: 230, timeSteps: 8 },
  narrow: { width: 340, height: 190, timeSteps: 4 },
} satisfies Record<string, Size>;

const VALUE_STEPS = 5;
const TOP = 12;
const RIGHT = 16;
/** Below the plot: the ticks, and the labels of the times. */
const BOTTOM = 24;
const TICK = 5;
/** Between the labels of the values and the plot. */
const GAP = 8;
/** The width of a digit in the widest of the style's fonts; it gives labels a size of 12 pixels. */
const CHARACTER = 7.7;

/** Where the axes are, and where a time or a value is on them. */
interface Plot extends Size {
  left: number;
  right: number;
  bottom: number;
  values: number[];
  times: TimeLabel[];
  x: (at: number) => number;
  y: (value: number) => number;
}

/** @returns an SVG as wide as the element around it. It has no script and no id, and screen readers pass over it. */
export function drawChart(lines: Line[], size: keyof typeof SIZES): Markup {
  const plot = plotOf(lines, SIZES[size]);
  return html`<svg aria-hidden="true" viewBox="0 0 ${plot.width} ${plot.height}">
    ${drawValueAxis(plot)} ${drawTimeAxis(plot)} ${lines.map((line) => drawLine(plot, line))}
  </svg>`;
}

function plotOf(lines: Line[], size: Size): Plot {
  const points = lines.flatMap((line) => line.points);
  const ats = points.map(([at]) => at);
  const [from, to] = [Math.min(...ats), Math.max(...ats)];
  const values = valueTicks(Math.max(...points.map(([, value]) => value)), VALUE_STEPS);
  const highest = values.at(-1)!;
  const left = widthOf(formatNumber(highest)) + GAP;
  const right = size.width - RIGHT;
  const bottom = size.height - BOTTOM;
  const x = (at: number): number => left + ((at - from) / (to - from)) * (right - left);
  const y = (value: number): number => bottom - (value / highest) * (bottom - TOP);
  const times = timeLabels({ from, to, right: size.width }, size.timeSteps, x);
  return { ...size, left, right, bottom, values, times, x, y };
}

function drawValueAxis({ left, right, values, y }: Plot): Markup[] {
  return values.map(
    (value) =>
      html`<path d="M${left} ${crisp(y(value))}H${right}" stroke="var(--rule)"></path>
        <text x="${left - GAP}" y="${round(y(value))}" dy=".35em" text-anchor="end">
          ${formatNumber(value)}
        </text>`,
  );
}

function drawTimeAxis({ height, bottom, times }: Plot): Markup[] {
  return times.map(
    ({ x, middle, label }) =>
      html`<path d="M${crisp(x)} ${bottom}v${TICK}" stroke="var(--rule)"></path>
        <text x="${round(middle)}" y="${height - GAP / 2}" text-anchor="middle">${label}</text>`,
  );
}

/** A time on the axis: its tick, and its label, which stays inside the picture. */
export interface TimeLabel {
  x: number;
  middle: number;
  label: string;
  width: number;
}

/**
 * As many round times as fit with their labels side by side.
 * @param right the end of the picture
 * @param most steps between them
 */
export function timeLabels(
  { from, to, right }: { from: number; to: number; right: number },
  most: number,
  x: (at: number) => number,
): TimeLabel[] {
  const labels = timeTicks(from, to, most).map(({ at, label }) => {
    const width = widthOf(label);
    const middle = Math.min(Math.max(x(at), width / 2), right - width / 2);
    return { x: x(at), middle, label, width };
  });
  return most > 1 && labels.some((label, i) => touches(labels[i - 1], label))
    ? timeLabels({ from, to, right }, most - 1, x)
    : labels;
}

function touches(before: TimeLabel | undefined, label: TimeLabel): boolean {
  if (!before) return false;
  return before.middle + before.width / 2 + GAP > label.middle - label.width / 2;
}

function drawLine({ bottom, x, y }: Plot, { colour, dashed, filled, points }: Line): Markup[] {
  const path = points.map(([at, value]) => `${round(x(at))} ${round(y(value))}`).join('L');
  const [start, end] = [points[0]!, points.at(-1)!].map(([at]) => round(x(at)));
  const area = html`<path
    d="M${start} ${bottom}L${path}L${end} ${bottom}Z"
    fill="var(${colour})"
    fill-opacity=".16"
  ></path>`;
  const line = html`<path
    d="M${path}"
    fill="none"
    stroke="var(${colour})"
    stroke-width="2"
    stroke-linejoin="bevel"
    ${dashed === true && html`stroke-dasharray="6 4"`}
  ></path>`;
  return filled ? [area, line] : [line];
}

function widthOf(label: string): number {
  return Math.ceil(label.length * CHARACTER);
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10;
}

/** In the middle of a pixel, where a line of one pixel is not blurred. */
function crisp(coordinate: number): number {
  return Math.floor(coordinate) + 0.5;
}
