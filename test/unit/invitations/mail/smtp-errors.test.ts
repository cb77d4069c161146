import { describe, expect, it } from 'vitest';
import { toMailError } from '../../../../src/invitations/mail/smtp-errors.js';

/** Failures that a test server cannot be made to have; smtp-mailer.test.ts has the others. */
describe('a failure of SMTP', () => {
  it('by an answer that breaks off after the whole mail is no answer', () => {
    const broken = { code: 'ECONNECTION', command: 'CONN', responseCode: 550 };
    expect(toMailError(broken, true)).toMatchObject({ kind: 'unsure', status: undefined });
    expect(toMailError(broken, false)).toMatchObject({ kind: 'away', status: 550 });
  });

  it('by an answer that is none of SMTP’s is no answer', () => {
    const odd = { code: 'EMESSAGE', command: 'DATA', responseCode: 354 };
    expect(toMailError(odd, true)).toMatchObject({ kind: 'unsure' });
  });

  it('by a login that cannot be checked at the moment may pass', () => {
    const later = { code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 454 };
    expect(toMailError(later, false)).toMatchObject({ kind: 'away', status: 454, login: false });
  });

  it('by a login of which a part is missing does not pass', () => {
    const incomplete = { code: 'EAUTH', command: 'API' };
    expect(toMailError(incomplete, false)).toMatchObject({ kind: 'away', login: true });
  });

  it('by a mail that nodemailer itself refuses is about the mail', () => {
    const tooLarge = { code: 'EMESSAGE', command: 'MAIL FROM' };
    expect(toMailError(tooLarge, false)).toMatchObject({ kind: 'refused', status: undefined });
  });

  it('of unknown kind shows nothing of the mail, and is tried again', () => {
    const error = new Error('Message failed for alice@example.com');
    const mailError = toMailError(error, false);
    expect(mailError.kind).toBe('away');
    expect(mailError.message).not.toContain('alice');
    expect(mailError.cause).toBeUndefined();
  });
});
