import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/version.js';
import { keptVersions, releasedVersions } from '../support/releases.js';
import {
  FOLDER,
  HISTORIES,
  plainText,
  quietly,
  replay,
  storedHistory,
  storedNames,
} from './histories.js';
import type { StoredHistory } from './histories.js';

beforeAll(quietly);

test('all histories of this version are stored, and nothing else', () => {
  expect(storedNames(VERSION).sort()).toEqual([...HISTORIES].sort());
});

test('of each version that was released there are histories', () => {
  expect(keptVersions(FOLDER)).toEqual(expect.arrayContaining(releasedVersions()));
});

const ALL = keptVersions(FOLDER).flatMap((version) =>
  storedNames(version).map((name) => ({ version, name })),
);

describe.each(ALL)('the history $name of $version', ({ version, name }) => {
  test('is what the workflows of today would do again', async () => {
    expect(await replay(storedHistory(version, name))).toBeUndefined();
  });

  test('holds no address, and no folder of the machine that it was recorded on', () => {
    const text = plainText(storedHistory(version, name));
    expect(text.match(/.{0,40}@.{0,40}/g)).toBeNull();
    expect(text.match(/(?<![\w.-])\/(?!runs\/)\w+\/.{0,40}/g)).toBeNull();
    expect(text).not.toContain('stackTrace');
  });
});

describe('the check can fail', () => {
  const tampered = (change: (history: StoredHistory) => void): Promise<Error | undefined> => {
    const history = storedHistory(VERSION, 'plain');
    change(history);
    return replay(history);
  };
  const find = ({ events }: StoredHistory, type: string): number =>
    events.findIndex(({ eventType }) => eventType === `EVENT_TYPE_${type}`);

  test('on another activity than the workflow asks for', async () => {
    const error = await tampered((history) => {
      const event = history.events[find(history, 'ACTIVITY_TASK_SCHEDULED')]!;
      const attributes = event['activityTaskScheduledEventAttributes'] as Record<string, unknown>;
      attributes['activityType'] = { name: 'writeReport' };
    });
    expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  test('on a step that the workflow does not take there', async () => {
    const error = await tampered((history) => {
      const event = history.events[find(history, 'START_CHILD_WORKFLOW_EXECUTION_INITIATED')]!;
      delete event['startChildWorkflowExecutionInitiatedEventAttributes'];
      event.eventType = 'EVENT_TYPE_TIMER_STARTED';
      event['timerStartedEventAttributes'] = { timerId: '1', startToFireTimeout: '10s' };
    });
    expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  test('on chunks that started in another order', async () => {
    const error = await tampered((history) => {
      const place = find(history, 'START_CHILD_WORKFLOW_EXECUTION_INITIATED');
      const [first, second] = [history.events[place]!, history.events[place + 1]!];
      const key = 'startChildWorkflowExecutionInitiatedEventAttributes';
      expect(second.eventType).toBe(first.eventType);
      [first[key], second[key]] = [second[key]!, first[key]!];
    });
    expect(error).toBeInstanceOf(DeterminismViolationError);
  });
});
