import { expect, it } from 'vitest';
import { needsTls, smtpUrlProblem } from '../../../../src/invitations/mail/smtp-url.js';

it.each([
  'smtp://127.0.0.1:1025',
  'smtp://[::1]:25/',
  'smtps://user%40example.com:p%3Aa%2F%40ss@mail.example.com',
  'smtp://mail.example.com:587/?requireTLS=true&tls.rejectUnauthorized=false&name=here',
  'smtp://user:p@mail.example.com/?authMethod=cram-md5&tls.minVersion=TLSv1.2',
  'smtp://mail/?connectionTimeout=20000&greetingTimeout=1&socketTimeout=3600000&localAddress=::1',
  'smtp://mail/?name=[192.0.2.1]&tls.servername=mail.example.com&tls.ciphers=HIGH:!aNULL',
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
  [
    'smtp://u:secret@mail/?authMethod=NTLM',
    'an authMethod that is none of: PLAIN, LOGIN, CRAM-MD5',
  ],
  ['smtp://u:secret@mail/?authMethod=XOAUTH2', 'SMTP_OAUTH2_'],
  ['smtp://u:secret@mail/?authMethod=', 'authMethod that is none of'],
  ['smtp://mail/?tls.minVersion=1.2', 'tls.minVersion that is none of: TLSv1, TLSv1.1, TLSv1.2'],
  ['smtp://mail/?tls.ciphers=secret', 'tls.ciphers that is no list'],
  ['smtp://mail/?connectionTimeout=secret', 'connectionTimeout that is not a whole number'],
  ['smtp://mail/?greetingTimeout=20s', 'greetingTimeout that is not a whole number'],
  ['smtp://mail/?socketTimeout=0', 'socketTimeout that is not a whole number'],
  ['smtp://mail/?socketTimeout=3600001', 'socketTimeout that is not a whole number'],
  ['smtp://mail/?localAddress=eth0', 'localAddress that is not an IP address'],
  ['smtp://mail/?name=not%20a%20host', 'name that is neither the name of a host'],
  ['smtp://mail/?tls.servername=192.0.2.1', 'tls.servername that is not the name'],
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
