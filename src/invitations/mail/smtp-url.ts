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

/** @returns what is wrong with the URL, without quoting it: it may hold a password */
export function smtpUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    return 'is not an smtp or smtps URL such as smtp://user:password@mail.example.com:587 (percent-encode what is special in the password)';
  }
  if ((url.username === '') !== (url.password === '')) {
    return 'has a user without a password, or a password without a user';
  }
  if ([...url.searchParams.keys()].some((key) => !PARAMETERS.includes(key))) {
    return `has a parameter that is none of: ${PARAMETERS.join(', ')}`;
  }
  return undefined;
}
