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
  const odd = SWITCHES.find((key) => !['true', 'false', null].includes(url.searchParams.get(key)));
  return odd && `has a ${odd} that is neither true nor false`;
}

/**
 * Whether a mail goes out with TLS or not at all, where the URL does not say it: with a login, and to another host. A
 * link or a code in it lets its first reader in.
 */
export function needsTls(text: string): boolean {
  const { username, hostname, searchParams } = new URL(text);
  if (searchParams.get('ignoreTLS') === 'true') return false;
  return username !== '' || !isLoopback(hostname);
}
