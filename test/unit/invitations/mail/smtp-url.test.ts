import { expect, it } from 'vitest';
import { needsTls, smtpUrlProblem } from '../../../../src/invitations/mail/smtp-url.js';

it.each([
  'smtp://127.0.0.1:1025',
  'smtp://[::1]:25/',
  'smtps://user%40example.com:p%3Aa%2F%40ss@mail.example.com',
  'smtp://mail.example.com:587/?requireTLS=true&tls.rejectUnauthorized=false&name=here',
])('%s is the URL of a mail server', (url) => {
  expect(smtpUrlProblem(url)).toBeUndefined();
});

it.each([
  ['mail.example.com:25', 'is not an smtp or smtps URL'],
  ['http://mail.example.com', 'is not an smtp or smtps URL'],
  ['smtp:mail.example.com', 'is not an smtp or smtps URL'],
  ['smtp://', 'is not an smtp or smtps URL'],
  ['smtp://user:secret/with/slashes@mail.example.com', 'is not an smtp or smtps URL'],
  ['smtp://user@mail.example.com', 'user without a password'],
  ['smtp://:secret@mail.example.com', 'password without a user'],
  ['smtp://mail.example.com/?requiretls=true', 'none of: authMethod'],
  ['smtp://mail.example.com/?logger=true&debug=true', 'none of: authMethod'],
  ['smtp://user:secret@mail.example.com/?pool=false', 'none of: authMethod'],
  ['smtp://mail.example.com/?requireTLS', 'requireTLS that is neither true nor false'],
  ['smtp://mail.example.com/?ignoreTLS=no', 'ignoreTLS that is neither'],
  ['smtp://mail.example.com/?tls.rejectUnauthorized=0', 'rejectUnauthorized that is neither'],
  ['smtp://mail.example.com/?requireTLS=true&requireTLS=false', 'a parameter twice'],
])('%s is refused, and not quoted', (url, problem) => {
  const problemFound = smtpUrlProblem(url);
  expect(problemFound).toContain(problem);
  expect(problemFound).not.toContain('secret');
});

it.each([
  ['smtp://127.0.0.1:1025', false],
  ['smtp://127.7.7.7', false],
  ['smtp://[::1]:25/', false],
  ['smtp://LOCALHOST:25/', false],
  ['smtp://user:secret@localhost:25/', true],
  ['smtp://mail:1025', true],
  ['smtp://127.0.0.1.example.com', true],
  ['smtp://localhost.example.com', true],
  ['smtp://mail.example.com/?ignoreTLS=true', false],
  ['smtp://mail.example.com/?opportunisticTLS=true', true],
])('a mail to %s needs TLS: %s', (url, needed) => {
  expect(needsTls(url)).toBe(needed);
});
