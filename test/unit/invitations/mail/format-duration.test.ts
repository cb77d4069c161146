import { expect, it } from 'vitest';
import { formatDuration } from '../../../../src/invitations/mail/format-duration.js';

it.each([
  ['1h', '1 hour'],
  ['30m', '30 minutes'],
  ['168h', '7 days'],
  ['24h', '1 day'],
  ['60m', '1 hour'],
  ['90m', '1 hour 30 minutes'],
  ['36h', '1 day 12 hours'],
  ['45s', '45 seconds'],
  ['90s', '1 minute 30 seconds'],
  ['86401s', '1 day 1 second'],
  ['90061s', '1 day 1 hour'],
])('%s is %s', (setting, words) => {
  expect(formatDuration(setting)).toBe(words);
});
