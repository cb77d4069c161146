import { MultiBar, Presets } from 'cli-progress';
import { createNoticeFeed, createReasonFeed } from './new-notices.js';
import { printable } from '../printable.js';
import { renderProgressLine, type AnyProgress } from './render.js';
import { writeLines } from './terminal.js';

/**
 * Shows progress: a live bar on a terminal, a line now and then elsewhere. In both, each notice is a line of its own.
 */
export interface ProgressDisplay {
  show(progress: AnyProgress): void;
  /** @param why no worker answers, in lines, the first of which is enough */
  showSilence(why: string[]): void;
  stop(): void;
}

/** For whoever reads no progress. */
export const NO_DISPLAY: ProgressDisplay = {
  show: () => undefined,
  showSilence: () => undefined,
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
    show: (progress) => tell({ progress }),
    showSilence: (silence) => tell({ silence }),
    stop: () => undefined,
  };
}

export function progressDisplay(out: NodeJS.WriteStream, workflowId: string): ProgressDisplay {
  const newLines = createNoticeFeed(workflowId);
  return out.isTTY ? bar(out, newLines) : lines(out, newLines);
}

type NewLines = ReturnType<typeof createNoticeFeed>;

/** A single bar cannot have lines written above it, a group of one can. */
function bar(out: NodeJS.WriteStream, newLines: NewLines): ProgressDisplay {
  const group = new MultiBar(
    {
      stream: out,
      format: ' {bar} {percentage} % | {text}',
      barsize: 30,
      fps: 4,
      hideCursor: true,
      forceRedraw: true,
      // The bar is cut to the terminal's width, and the lines above it wrap.
      linewrap: true,
      // The command handles Ctrl+C itself: it says that the import goes on.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const single = group.create(1, 0, { text: 'starting' });
  const newReasons = createReasonFeed();
  return {
    show(progress) {
      newReasons([]);
      for (const line of newLines(progress)) group.log(`${printable(line)}\n`);
      single.setTotal(Math.max(1, progress.rows.total));
      single.update(progress.rows.done, { text: printable(renderProgressLine(progress)) });
    },
    // The bar has room for a few words: the lines go above it.
    showSilence(why) {
      if (why.length > 0) single.update({ text: 'NO ANSWER' });
      for (const line of newReasons(why)) group.log(`${printable(line)}\n`);
    },
    stop() {
      // Prints the lines that wait for the next redraw.
      group.update();
      group.stop();
    },
  };
}

/** At most one line in this time, unless the phase changes. */
const LINE_MS = 10_000;

function lines(out: NodeJS.WriteStream, newLines: NewLines): ProgressDisplay {
  const newReasons = createReasonFeed();
  let last = { text: '', phase: '', at: 0 };
  return {
    show(progress) {
      newReasons([]);
      writeLines(out, newLines(progress));
      const text = renderProgressLine(progress);
      const phase = `${progress.phase} ${progress.paused}`;
      const now = Date.now();
      if (text === last.text || (phase === last.phase && now - last.at < LINE_MS)) return;
      writeLines(out, [text]);
      last = { text, phase, at: now };
    },
    showSilence(why) {
      writeLines(out, newReasons(why));
    },
    stop: () => undefined,
  };
}
