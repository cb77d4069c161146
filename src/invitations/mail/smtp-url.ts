import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { isLoopback } from '../../address.js';

/**
 * The parameters that a URL may have. Some of nodemailer's others would print every mail, or keep mails in a queue of
 * their own; and a misspelt `requireTLS` must not count as none.
 */
const PARAMETERS = [
  'authMethod',
  'connectionTimeout',
  'greetingTimeout',
  'ignoreTLS',
  'localAddress',
  'name',
  'opportunisticTLS',
  'requireTLS',
  'socketTimeout',
  'tls.ciphers',
  'tls.minVersion',
  'tls.rejectUnauthorized',
  'tls.servername',
];

/** Nodemailer would take `no` for yes, and an empty one for no. */
const SWITCHES = ['ignoreTLS', 'opportunisticTLS', 'requireTLS', 'tls.rejectUnauthorized'];
/**
 * The logins with a password that nodemailer knows, whatever their case. It would find out about another one only at the
 * login; and take any for XOAUTH2, which has no password and settings of its own.
 */
const AUTH_METHODS = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** Nodemailer would take what is no number for a millisecond. */
const TIMEOUTS = ['connectionTimeout', 'greetingTimeout', 'socketTimeout'];
const LONGEST_TIMEOUT_MS = 3_600_000;
/** What follows EHLO: a host's name, or its address in brackets. */
const HOST_NAME = /^(?!.*\.\.)[a-z\d]([a-z\d.-]{0,252}[a-z\d])?$/i;
const ADDRESS_LITERAL = /^\[(IPv6:)?[\da-f:.]{2,45}\]$/i;

/** What each parameter may be, as the end of a sentence. */
const RULES: { keys: string[]; rule: string; isRight: (value: string) => boolean }[] = [
  {
    keys: SWITCHES,
    rule: 'neither true nor false',
    isRight: (value) => value === 'true' || value === 'false',
  },
  {
    keys: ['authMethod'],
    rule: `none of: ${AUTH_METHODS.join(', ')} (OAuth2 has settings of its own: SMTP_OAUTH2_…)`,
    isRight: (value) => AUTH_METHODS.includes(value.toUpperCase()),
  },
  {
    keys: ['tls.minVersion'],
    rule: `none of: ${TLS_VERSIONS.join(', ')}`,
    isRight: (value) => TLS_VERSIONS.includes(value),
  },
  { keys: ['tls.ciphers'], rule: 'no list of ciphers that OpenSSL knows', isRight: areCiphers },
  {
    keys: TIMEOUTS,
    rule: 'not a whole number of milliseconds, 1 to 3600000',
    isRight: (value) => /^[1-9]\d{0,6}$/.test(value) && Number(value) <= LONGEST_TIMEOUT_MS,
  },
  { keys: ['localAddress'], rule: 'not an IP address', isRight: (value) => isIP(value) !== 0 },
  {
    keys: ['name'],
    rule: 'neither the name of a host nor an IP address in brackets',
    isRight: (value) => HOST_NAME.test(value) || ADDRESS_LITERAL.test(value),
  },
  {
    keys: ['tls.servername'],
    rule: 'not the name of a host',
    isRight: (value) => HOST_NAME.test(value) && isIP(value) === 0,
  },
];

function areCiphers(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return ciphers !== '';
  } catch {
    return false;
  }
}

/** @returns what is wrong with the URL, without quoting it: it may hold a password */
export function smtpUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    return 'is not an smtp or smtps URL such as smtp://user:password@mail.example.com:587 (percent-encode what is special in the password)';
  }
  if ((url.username === '') !== (url.password === '')) {
    return 'has a user without a password, or a password without a user';
  }
  const keys = [...url.searchParams.keys()];
  if (keys.some((key) => !PARAMETERS.includes(key))) {
    return `has a parameter that is none of: ${PARAMETERS.join(', ')}`;
  }
  if (new Set(keys).size < keys.length) return 'has a parameter twice';
  for (const [key, value] of url.searchParams) {
    const wrong = RULES.find(({ keys: of, isRight }) => of.includes(key) && !isRight(value));
    if (wrong) return `has ${key === 'authMethod' ? 'an' : 'a'} ${key} that is ${wrong.rule}`;
  }
  return undefined;
}

/**
 * Whether a mail goes out with TLS or not at all, where the URL does not say it: with a login, and to another host. A
 * link or a code in it lets its first reader in.
 * @param hasToken whether the login is by OAuth2, which the URL does not show
 */
export function needsTls(text: string, hasToken = false): boolean {
  const { username, hostname, searchParams } = new URL(text);
  if (searchParams.get('ignoreTLS') === 'true') return false;
  return username !== '' || hasToken || !isLoopback(hostname);
}
