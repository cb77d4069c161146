import { expect, it } from 'vitest';
import { parseSender } from '../../../../src/invitations/mail/sender.js';

it.each([
  ['no-reply@example.com', { address: 'no-reply@example.com' }],
  [' <no-reply@example.com> ', { address: 'no-reply@example.com' }],
  ['Example <no-reply@example.com>', { name: 'Example', address: 'no-reply@example.com' }],
  ['"Example, Inc." <a@example.com>', { name: 'Example, Inc.', address: 'a@example.com' }],
  ['"The \\"Example\\"" <a@example.com>', { name: 'The "Example"', address: 'a@example.com' }],
  ['"Team <A>" <a@example.com>', { name: 'Team <A>', address: 'a@example.com' }],
  [
    '[Staging] Example (Team) <a@example.com>',
    { name: '[Staging] Example (Team)', address: 'a@example.com' },
  ],
  ['Bücher & Co <a@example.com>', { name: 'Bücher & Co', address: 'a@example.com' }],
])('%j is a sender', (text, sender) => {
  expect(parseSender(text)).toEqual(sender);
});

it.each([
  '',
  'Example',
  'no-reply@',
  'a@example.com, b@example.com',
  'Example <a@example.com>, Other <b@example.com>',
  'everybody: a@example.com;',
  'Example a@example.com',
  'Example, Inc. <a@example.com>',
  '"Example <a@example.com>',
  'Example <a@example.com> and more',
  'a@example.com (Example)',
  'Example <a b@example.com>',
  'Example <a@b@example.com>',
  'Example\r\nBcc: b@example.com <a@example.com>',
])('%j is none', (text) => {
  expect(parseSender(text)).toBeUndefined();
});
