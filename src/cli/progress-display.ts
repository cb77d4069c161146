import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../contract/progress.js';
import { renderProgressLine } from './render.js';

/** Where progress is shown: a live bar on a terminal, a line now and then elsewhere. */
export interface ProgressDisplay {
  /** @param progress undefined while no worker answers */
  show(progress: Progress | undefined): void;
  stop(): void;
}

export function progressDisplay(out: NodeJS.WriteStream): ProgressDisplay {
  return out.isTTY ? bar(out) : lines(out);
}

const NO_WORKER = 'no worker answers; start one with: user-import worker';

function bar(out: NodeJS.WriteStream): ProgressDisplay {
  const single = new SingleBar(
    {
      stream: out,
      format: ' {bar} {percentage} % | {text}',
      barsize: 30,
      fps: 4,
      hideCursor: true,
      forceRedraw: true,
      // Ctrl+C is the command's own, which says that the import goes on.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  single.start(1, 0, { text: 'starting' });
  return {
    show(progress) {
      if (progress) {
        single.setTotal(Math.max(1, progress.rows.total));
        single.update(progress.rows.done, { text: renderProgressLine(progress) });
      } else single.update({ text: NO_WORKER });
    },
    stop: () => single.stop(),
  };
}

/** At most one line in this time, unless the phase changes. */
const LINE_MS = 10_000;

function lines(out: NodeJS.WriteStream): ProgressDisplay {
  let last = { text: '', phase: '', at: 0 };
  return {
    show(progress) {
      const text = progress ? renderProgressLine(progress) : NO_WORKER;
      const phase = progress?.phase ?? 'unknown';
      const now = Date.now();
      if (text === last.text || (phase === last.phase && now - last.at < LINE_MS)) return;
      out.write(`${text}\n`);
      last = { text, phase, at: now };
    },
    stop: () => undefined,
  };
}
