/** What a terminal shows, as HTML: the text with its colours, and nothing else. */
import { html, Markup } from '../../src/report/page/markup.js';

interface Look {
  colour?: string | undefined;
  ground?: string | undefined;
  isBold: boolean;
  isDim: boolean;
  isUnderlined: boolean;
  isReversed: boolean;
}

const PLAIN: Look = { isBold: false, isDim: false, isUnderlined: false, isReversed: false };
const GROUND = '#1b1e24';
const TEXT = '#d6dae0';
/** The sixteen colours of a dark terminal, the bright ones last. */
const COLOURS = [
  ...['#3b4048', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#c8ccd4'],
  ...['#6b7280', '#ff7b85', '#b5e890', '#ffd68a', '#82c7ff', '#dd9af2', '#7fdbe6', '#ffffff'],
];

/**
 * A page with a picture of a terminal.
 * @param ansi its lines, as tmux gives them with `capture-pane -e`
 */
export function terminalPage(ansi: string, columns: number): string {
  return html`<!doctype html>
    <meta charset="utf-8" />
    <style>
      ${new Markup(
        `body{margin:0;background:${GROUND};color:${TEXT}}pre{margin:0;padding:14px 16px;width:calc(${columns}ch + 32px);font:14px/1.35 "DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}`,
      )}
    </style>
    <pre>${partsOf(ansi)}</pre>`.html;
}

function partsOf(ansi: string): Markup[] {
  let look = PLAIN;
  const parts: Markup[] = [];
  // Text, and between the texts the numbers of an order that sets how it looks.
  ansi.split(/\u001b\[([\d;]*)m/).forEach((part, i) => {
    if (i % 2 === 1) look = changed(look, part === '' ? [0] : part.split(';').map(Number));
    else if (part !== '') parts.push(html`<span style="${styleOf(look)}">${part}</span>`);
  });
  return parts;
}

function changed(look: Look, codes: number[]): Look {
  let now = look;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 38 || code === 48) {
      const colour = codes[i + 1] === 5 ? indexed(codes[i + 2]!) : undefined;
      i += codes[i + 1] === 5 ? 2 : 4;
      now = code === 38 ? { ...now, colour } : { ...now, ground: colour };
    } else now = withCode(now, code);
  }
  return now;
}

function withCode(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, isBold: true };
  if (code === 2) return { ...look, isDim: true };
  if (code === 4) return { ...look, isUnderlined: true };
  if (code === 7) return { ...look, isReversed: true };
  if (code === 22) return { ...look, isBold: false, isDim: false };
  if (code === 24) return { ...look, isUnderlined: false };
  if (code === 27) return { ...look, isReversed: false };
  if (code >= 30 && code <= 37) return { ...look, colour: COLOURS[code - 30] };
  if (code === 39) return { ...look, colour: undefined };
  if (code >= 40 && code <= 47) return { ...look, ground: COLOURS[code - 40] };
  if (code === 49) return { ...look, ground: undefined };
  if (code >= 90 && code <= 97) return { ...look, colour: COLOURS[code - 82] };
  return look;
}

/** A colour of the 256: sixteen, a cube, greys. */
function indexed(index: number): string | undefined {
  if (index < 16) return COLOURS[index];
  if (index >= 232)
    return `rgb(${Array(3)
      .fill(8 + (index - 232) * 10)
      .join(',')})`;
  const cube = index - 16;
  const steps = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return `rgb(${steps.map((step) => (step === 0 ? 0 : 55 + step * 40)).join(',')})`;
}

function styleOf({ colour, ground, isBold, isDim, isUnderlined, isReversed }: Look): string {
  const [front, back] = isReversed
    ? [ground ?? GROUND, colour ?? TEXT]
    : [colour ?? TEXT, ground ?? 'transparent'];
  return [
    `color:${front};background:${back}`,
    isBold && 'font-weight:700',
    isDim && 'opacity:.6',
    isUnderlined && 'text-decoration:underline',
  ]
    .filter((part) => part !== false)
    .join(';');
}
