/**
 * What a URL may say after its `?`. Of nodemailer's other parameters some would print every mail, or keep mails in a
 * queue of its own; and a misspelt `requireTLS` must not pass for none.
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

/** @returns what is wrong with the URL, in words that hold nothing of it, since it may have a password in it */
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
