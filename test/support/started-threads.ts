import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** The threads that are started while the test runs. */
export function startedThreads(): { thread: Worker; ended: Promise<unknown> }[] {
  const started: { thread: Worker; ended: Promise<unknown> }[] = [];
  const note = (thread: Worker): void => {
    started.push({ thread, ended: new Promise((resolve) => thread.on('exit', resolve)) });
  };
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  return started;
}
