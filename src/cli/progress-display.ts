import type { Notice } from '../contract/import/progress.js';
import { formatSeconds } from '../format.js';
import { LiveLine } from './live-line.js';
import { createIdleClock } from './idle-clock.js';
import { silenceLines } from './lines.js';
import { createNoticeFeed, createReasonFeed } from './new-notices.js';
import { factsOf, renderProgressLine, type AnyProgress, type Watching } from './progress-facts.js';
import { fitProgress } from './progress-line.js';
import { cutToWidth, widthOf } from './layout.js';
import { writeLines, type Line } from './terminal.js';

/** Temporal does not answer. */
export interface Away {
  address: string;
  /** When it was asked first in vain (milliseconds since 1970). */
  since: number;
}

/**
 * Shows progress: a live line on a terminal, a line now and then elsewhere. In both, each notice is a line of its own.
 */
export interface ProgressDisplay {
  /** @param rowsRead by validation */
  show(progress: AnyProgress, rowsRead?: number): void;
  /** @param why no worker answers, in lines, the first of which is enough */
  showSilence(why: string[]): void;
  /** Called again and again as long as Temporal is away. */
  showAway(away: Away): void;
  /** @param leaves whether a live line stays as it is, for whoever leaves while the work goes on */
  stop(leaves?: boolean): void;
}

/** For whoever reads no progress. */
export const NO_DISPLAY: ProgressDisplay = {
  show: () => undefined,
  showSilence: () => undefined,
  showAway: () => undefined,
  stop: () => undefined,
};

/** Each state that differs from the last one as a line of JSON. */
export function jsonDisplay(printJson: (document: unknown) => void): ProgressDisplay {
  let last = '';
  const tell = (document: unknown): void => {
    const text = JSON.stringify(document);
    if (text !== last) printJson(document);
    last = text;
  };
  return {
    show: (progress, rowsRead) => tell({ progress, rowsRead }),
    showSilence: (silence) => tell({ silence }),
    showAway: ({ address, since }) => {
      tell({ unreachable: { address, since: new Date(since).toISOString() } });
    },
    stop: () => undefined,
  };
}

/** @param seen notices that have been shown, or have been overtaken since */
export function progressDisplay(
  out: NodeJS.WriteStream,
  workflowId: string,
  seen?: readonly Notice[],
): ProgressDisplay {
  const newLines = createNoticeFeed(workflowId, seen);
  return out.isTTY ? liveDisplay(out, newLines) : plainDisplay(out, newLines);
}

type NewLines = ReturnType<typeof createNoticeFeed>;

const NO_WORKER = 'NO WORKER ANSWERS';

function liveDisplay(out: NodeJS.WriteStream, newLines: NewLines): ProgressDisplay {
  const newReasons = createReasonFeed();
  const idle = createIdleClock();
  let last: AnyProgress | undefined;
  let watching: Watching = {};
  let away: Away | undefined;
  const line = new LiveLine(out, (width) => {
    if (away) return [{ tone: 'attention', text: fitAway(away, width) }];
    if (last) return fitProgress(factsOf(last, watching), width);
    const { silence } = watching;
    const tone = silence === undefined ? 'heading' : 'attention';
    return [{ tone, text: cutToWidth(silence ?? 'starting', width) }];
  });
  line.draw();
  const isBack = (): Line[] => {
    const lines = away ? [backText(away)] : [];
    away = undefined;
    return lines;
  };
  return {
    show(progress, rowsRead) {
      newReasons([]);
      last = progress;
      watching = { rowsRead, idleSeconds: idle(progress, rowsRead, Date.now()) };
      line.above([...isBack(), ...newLines(progress)]);
      line.draw();
    },
    showSilence(why) {
      watching = { ...watching, silence: why.length > 0 ? NO_WORKER : undefined };
      line.above([...isBack(), ...silenceLines(newReasons(why))]);
      line.draw();
    },
    showAway(found) {
      away = found;
      line.draw();
    },
    // What follows says how it ended: a last state above it would only look like an end.
    stop: (leaves = false) => line.end(leaves),
  };
}

/** At most one line in this time, unless the phase changes. */
const LINE_MS = 10_000;
/** The same while Temporal is away, of which there is nothing new to say. */
const AWAY_LINE_MS = 60_000;

function plainDisplay(out: NodeJS.WriteStream, newLines: NewLines): ProgressDisplay {
  const newReasons = createReasonFeed();
  const idle = createIdleClock();
  let last = { text: '', phase: '', at: 0 };
  let away: Away | undefined;
  let awayToldAt = 0;
  const tellIsBack = (): void => {
    if (away) writeLines(out, [backText(away)]);
    away = undefined;
  };
  return {
    show(progress, rowsRead) {
      tellIsBack();
      newReasons([]);
      writeLines(out, newLines(progress));
      const now = Date.now();
      const text = renderProgressLine(progress, {
        rowsRead,
        idleSeconds: idle(progress, rowsRead, now),
      });
      const phase = `${progress.phase} ${progress.paused} ${progress.cancelling}`;
      if (text === last.text || (phase === last.phase && now - last.at < LINE_MS)) return;
      writeLines(out, [text]);
      last = { text, phase, at: now };
    },
    showSilence(why) {
      tellIsBack();
      writeLines(out, silenceLines(newReasons(why)));
    },
    showAway(found) {
      const now = Date.now();
      if (away && now - awayToldAt < AWAY_LINE_MS) return;
      away = found;
      awayToldAt = now;
      writeLines(out, [{ tone: 'attention', text: fitAway(found, Infinity) }]);
    },
    stop: () => undefined,
  };
}

function awayText({ address, since }: Away): string {
  return `no answer from Temporal for ${secondsSince(since)} (${address})`;
}

const GOES_ON = ['; the import goes on without this command', '; the import goes on', ''];

/** The longest text that has room. */
function fitAway(away: Away, width: number): string {
  const texts = GOES_ON.map((rest) => awayText(away) + rest);
  return texts.find((text) => widthOf(text) <= width) ?? cutToWidth(texts.at(-1)!, width);
}

function backText({ since }: Away): Line {
  return { tone: 'soft', text: `Temporal answers again, after ${secondsSince(since)}.` };
}

function secondsSince(since: number): string {
  return formatSeconds(Math.round((Date.now() - since) / 1000));
}
