import { describe, expect, it } from 'vitest';
import {
  enhancedCodeOf,
  senderLimitOf,
  type SmtpAnswer,
} from '../../../../src/invitations/mail/sender-limit.js';
import { toMailError } from '../../../../src/invitations/mail/smtp-errors.js';

function answer(text: string, command = 'DATA'): SmtpAnswer {
  return { status: Number(text.slice(0, 3)), text, command };
}

/** As the servers' makers document them, or as people have reported them. */
describe('an answer about a limit of the sender', () => {
  it.each([
    // Amazon SES
    ['454 Throttling failure: Maximum sending rate exceeded.', 'DATA', 'rate'],
    ['454 4.7.0 Throttling failure: Maximum sending rate exceeded.', 'DATA', 'rate'],
    ['454 4.7.0 Throttling failure: Daily message quota exceeded.', 'DATA', 'quota'],
    [
      '421 Connection closed by server. Maximum message count per session reached.',
      'MAIL FROM',
      'session',
    ],
    // Exchange Online and Exchange
    [
      '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [Hostname=X.prod.outlook.com]',
      'DATA',
      'connections',
    ],
    ['432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded', 'DATA', 'connections'],
    ['432 4.3.2', 'MAIL FROM', 'connections'],
    [
      '550 5.1.90 Your message cannot be sent because you have reached your daily limit for message recipients',
      'RCPT TO',
      'quota',
    ],
    ['550 5.1.90 nothing more', 'RCPT TO', 'quota'],
    [
      '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception',
      'DATA',
      'quota',
    ],
    ['554 5.2.0 STOREDRV.Submission; message submission rate exceeded', 'DATA', 'rate'],
    [
      '554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded',
      'DATA',
      'quota',
    ],
    ['550 5.2.252 Sender throttled due to continuous send as denied errors.', 'DATA', 'rate'],
    [
      '421 4.4.2 Message submission rate for this client has exceeded the configured limit',
      'MAIL FROM',
      'rate',
    ],
    [
      '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
      'CONN',
      'connections',
    ],
    ['451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)', 'DATA', 'rate'],
    [
      '550 5.7.233 Your message cannot be sent because your tenant exceeded its daily limit for sending email to external recipients',
      'DATA',
      'quota',
    ],
    ['550 5.7.705 Access denied, tenant has exceeded threshold', 'DATA', 'quota'],
    // Gmail and its relay
    ['421 4.7.0 Try again later, closing connection. (EHLO) gsmtp', 'EHLO', 'connections'],
    ['421 4.7.0 Try again later, closing connection. gsmtp', 'MAIL FROM', 'rate'],
    ['421 4.4.5 Server busy, try again later. gsmtp', 'MAIL FROM', 'rate'],
    [
      '421-4.7.28 Gmail has detected an unusual rate of email originating from your IP address.\n421-4.7.28 To protect our users from spam, email has been temporarily rate limited.\n421 4.7.28 gsmtp',
      'DATA',
      'rate',
    ],
    [
      '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550-5.4.5 sending limits go to\n550 5.4.5  https://support.google.com/a/answer/166852 gsmtp',
      'DATA',
      'quota',
    ],
    ['550 5.4.5 nothing more', 'DATA', 'quota'],
    [
      '450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.',
      'RCPT TO',
      'rate',
    ],
    [
      '550 5.7.1 Daily SMTP relay limit exceeded for customer. For more information on SMTP relay sending limits please contact your administrator',
      'RCPT TO',
      'quota',
    ],
    ['452 4.5.3 Your message has too many recipients.', 'RCPT TO', 'rate'],
    ['454 4.7.0 Too many login attempts, please try again later.', 'AUTH PLAIN', 'connections'],
    // Postfix
    [
      '421 4.7.0 mail.example.com Error: too many connections from 192.0.2.1',
      'CONN',
      'connections',
    ],
    ['450 4.7.1 Error: too much mail from 192.0.2.1', 'MAIL FROM', 'rate'],
    ['450 4.7.1 Error: too many recipients from 192.0.2.1', 'RCPT TO', 'rate'],
    ['421 4.7.0 mail.example.com Error: too many errors', 'RCPT TO', 'session'],
    ['421 4.3.2 All server ports are busy', 'CONN', 'connections'],
    [
      '450 4.7.1 <alice@example.com>: Recipient address rejected: Policy Rejection- Quota Exceeded.',
      'RCPT TO',
      'quota',
    ],
    [
      '450 4.7.1 <alice@example.com>: Recipient address rejected: rate limit, try later',
      'RCPT TO',
      'rate',
    ],
    // Exim, Sendmail, Stalwart, rspamd, Mailu, qmail and hosters
    ['421 Too many concurrent SMTP connections; please try again later.', 'CONN', 'connections'],
    ['421 too many messages in this connection', 'MAIL FROM', 'session'],
    ['421 4.3.2 Connection rate limit exceeded.', 'CONN', 'connections'],
    ['452 4.4.5 Maximum number of messages per session exceeded.', 'MAIL FROM', 'session'],
    ['451-Requested action aborted\n451 Mails per session limit exceeded.', 'MAIL FROM', 'session'],
    ['451 4.7.1 Ratelimit "user" exceeded', 'DATA', 'rate'],
    ['450 4.7.1 You are sending too many emails too fast.', 'MAIL FROM', 'rate'],
    ['550 sorry, too many emails (#5.7.1)', 'DATA', 'rate'],
    ['550 too many messages', 'RCPT TO', 'rate'],
    ['550 User has exceeded outgoing email quota', 'RCPT TO', 'quota'],
    ['451 4.7.1 Hourly limit exceeded', 'DATA', 'quota'],
    ['452 4.4.5 Messages per second limit exceeded', 'MAIL FROM', 'rate'],
    ['452 4.5.3 Daily message limit exceeded', 'MAIL FROM', 'quota'],
    ['421 4.4.5 Service unavailable, concurrency limit reached', 'CONN', 'connections'],
    [
      '554 5.7.1 Domain example.com has exceeded the max emails per hour (100/100) allowed.',
      'DATA',
      'quota',
    ],
  ])('%s (to %s) is about its %s', (text, command, limit) => {
    expect(senderLimitOf(answer(text, command))).toBe(limit);
  });
});

describe('an answer about the recipient, the mail or the server', () => {
  it.each([
    [
      '450 4.2.0 <alice@example.com>: Recipient address rejected: Greylisted, see https://postgrey.example/help.html',
      'RCPT TO',
    ],
    ['451 4.7.1 Greylisting in action, please come back later', 'RCPT TO'],
    ['451 Temporary local problem - please try later', 'RCPT TO'],
    ['450 4.1.8 <no-reply@example.com>: Sender address rejected: Domain not found', 'RCPT TO'],
    [
      '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time. For more information, go to Limits for sending & getting mail. gsmtp',
      'RCPT TO',
    ],
    [
      '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional messages from being delivered. gsmtp\n550 5.2.1 gsmtp',
      'RCPT TO',
    ],
    ['452 4.2.2 The email account that you tried to reach is over quota. gsmtp', 'RCPT TO'],
    ['552 5.2.2 <alice@example.com>: Quota exceeded (mailbox for user is full)', 'DATA'],
    ['552 Quota exceeded', 'DATA'],
    ["550 5.2.122 Recipient's per hour message receive limit exceeded", 'DATA'],
    [
      '554 5.2.122 STOREDRV.Deliver; The recipient has exceeded their limit for the number of messages they can receive per hour',
      'DATA',
    ],
    ['452 4.2.1 Recipient has exceeded hourly quota', 'RCPT TO'],
    ['550 inbox quota limit exceeded', 'RCPT TO'],
    ['450 too many messages in this mailbox', 'RCPT TO'],
    ['550 mailbox is full: quota limit exceeded', 'RCPT TO'],
    ['432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'DATA'],
    [
      '550 5.1.1 <alice@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
      'RCPT TO',
    ],
    ['550 5.1.1 no such user; too many of these and you are blocked', 'RCPT TO'],
    ['550 5.1.1 <too-many@rate-limit.example>: no such user', 'RCPT TO'],
    ['552 5.3.4 Message size exceeds fixed limit', 'MAIL FROM'],
    ['554 5.4.6 Too many hops', 'DATA'],
    ['554 5.7.1 Message refused: spam score exceeds threshold', 'DATA'],
    ['452 4.3.1 Insufficient system storage', 'MAIL FROM'],
    ['550 5.7.1 Relaying denied', 'RCPT TO'],
    ['550 5.7.1 Client does not have permissions to send as this sender', 'DATA'],
    ['421 4.3.0 Temporary System Problem. Try again later', 'MAIL FROM'],
    ['421 mail.example.com Service not available, closing transmission channel', 'CONN'],
    ['250 2.0.0 OK: too many thanks', 'DATA'],
  ])('%s (to %s) is not about a limit of the sender', (text, command) => {
    expect(senderLimitOf(answer(text, command))).toBeUndefined();
  });
});

describe('a failure by a limit of the sender', () => {
  it('has the digits of the answer, and nothing of its text', () => {
    const response =
      '454 4.7.0 Throttling failure for alice@example.com: Maximum sending rate exceeded';
    const error = toMailError(
      { code: 'EMESSAGE', command: 'DATA', responseCode: 454, response },
      true,
    );
    expect(error).toMatchObject({ kind: 'busy', limit: 'rate', status: 454 });
    expect(error.message).toBe(
      'The mail server answered 454 4.7.0 to DATA: it takes no more mails for the moment',
    );
  });

  it('is none where the login is refused for good, whatever the words', () => {
    const response = '535 5.7.8 Too many bad logins';
    const error = toMailError(
      { code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535, response },
      false,
    );
    expect(error).toMatchObject({ kind: 'away', login: true });
  });

  it('is none where the answer breaks off after a whole mail', () => {
    const response = '451 4.7.1 Ratelimit';
    const broken = { code: 'ECONNECTION', command: 'CONN', responseCode: 451, response };
    expect(toMailError(broken, true)).toMatchObject({ kind: 'unsure' });
  });

  it('is recognised in an answer of any length, in no time', () => {
    const response = `450 ${'too many mailbox limit '.repeat(50_000)}`;
    const started = performance.now();
    senderLimitOf(answer(response));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('an enhanced status code', () => {
  it.each([
    ['550 5.4.5 no', '5.4.5'],
    ['421-4.7.28 no\n421 4.7.28 no', '4.7.28'],
    ['550 no 5.4.5', undefined],
    ['550 1.2.3.4 is listed', undefined],
  ])('of %s is %s', (text, code) => {
    expect(enhancedCodeOf({ text })).toBe(code);
  });
});
