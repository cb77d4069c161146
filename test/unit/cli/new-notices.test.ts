import { describe, expect, it } from 'vitest';
import { createNoticeFeed } from '../../../src/cli/new-notices.js';
import { progressOf } from '../../support/progress.js';

const notice = (second: number, text: string) => ({ at: `2026-11-02T10:00:0${second}.000Z`, text });

describe('the news of a watched import', () => {
  it('are its notices, each once, in the order in which they came', () => {
    const news = createNoticeFeed('import-1');
    const [a, b, c] = [notice(1, 'A.'), notice(1, 'B.'), notice(2, 'C.')];
    expect(news(progressOf())).toEqual([]);
    expect(news(progressOf({ notices: [a, b] }))).toEqual([
      'notice 2026-11-02T10:00:01.000Z A.',
      'notice 2026-11-02T10:00:01.000Z B.',
    ]);
    expect(news(progressOf({ notices: [a, b] }))).toEqual([]);
    expect(news(progressOf({ notices: [b, c] }))).toEqual(['notice 2026-11-02T10:00:02.000Z C.']);
  });

  it('tell once what is said over and over, and again when it is said after something else', () => {
    const news = createNoticeFeed('import-1');
    news(progressOf({ notices: [notice(1, 'Kratos does not answer.')] }));
    expect(news(progressOf({ notices: [notice(2, 'Kratos does not answer.')] }))).toEqual([]);
    const later = [notice(3, 'Kratos does not answer.'), notice(4, 'It works again.')];
    expect(news(progressOf({ notices: later }))).toEqual([
      'notice 2026-11-02T10:00:04.000Z It works again.',
    ]);
    expect(news(progressOf({ notices: [...later, notice(5, 'Kratos does not answer.')] }))).toEqual(
      ['notice 2026-11-02T10:00:05.000Z Kratos does not answer.'],
    );
  });

  it('are how to go on, each time that it begins to wait for somebody', () => {
    const news = createNoticeFeed('import-1');
    const paused = 'Paused: nothing new starts. Go on: user-import resume import-1';
    const gate =
      'Waiting for approval. Go on: user-import approve import-1   Stop it: user-import cancel import-1';
    expect(news(progressOf({ paused: true }))).toEqual([paused]);
    expect(news(progressOf({ paused: true }))).toEqual([]);
    expect(news(progressOf({ paused: true, phase: 'awaiting-approval' }))).toEqual([gate]);
    expect(news(progressOf())).toEqual([]);
    expect(news(progressOf({ paused: true }))).toEqual([paused]);
  });
});
