/** The settings of a login at the mail server by OAuth2. None is ever quoted. */
import { z } from 'zod';
import { isLoopback } from '../../address.js';

/** Microsoft 365 gives tokens to an application by its secret, Google by a refresh token. */
export interface OAuth2Settings {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Undefined: the application has a login of its own (client credentials). */
  refreshToken?: string | undefined;
  scope?: string | undefined;
  /** The mailbox that sends. */
  user: string;
}

/** Of Exchange Online: what the application was granted there. */
const DEFAULT_SCOPE = 'https://outlook.office365.com/.default';
const ALL_OR_NONE = [
  'SMTP_OAUTH2_TOKEN_URL',
  'SMTP_OAUTH2_CLIENT_ID',
  'SMTP_OAUTH2_CLIENT_SECRET',
] as const;
const OTHERS = ['SMTP_OAUTH2_REFRESH_TOKEN', 'SMTP_OAUTH2_SCOPE', 'SMTP_OAUTH2_USER'] as const;

export const tokenUrl = z.string().superRefine((text, context) => {
  const problem = tokenUrlProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

function tokenUrlProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'is not an https URL';
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'holds a login: SMTP_OAUTH2_CLIENT_ID is for that';
  return protocol === 'http:' && !isLoopback(hostname)
    ? 'is http to another host, where everybody on the way reads the secret: use https'
    : undefined;
}

/** What RFC 6749 allows in ids, secrets, tokens and scopes: no control characters, nothing beyond ASCII. */
export const oauth2Text = z
  .string()
  .regex(/^[\x20-\x7e]{1,4096}$/, 'is not one line of 1 to 4096 characters of ASCII');

interface OAuth2Values {
  SMTP_OAUTH2_TOKEN_URL?: string | undefined;
  SMTP_OAUTH2_CLIENT_ID?: string | undefined;
  SMTP_OAUTH2_CLIENT_SECRET?: string | undefined;
  SMTP_OAUTH2_REFRESH_TOKEN?: string | undefined;
  SMTP_OAUTH2_SCOPE?: string | undefined;
  SMTP_OAUTH2_USER?: string | undefined;
}

/**
 * @param sender the address of the sender, whose mailbox sends where no other is named
 * @returns undefined where the login, if there is one, is in SMTP_URL
 */
export function oauth2SettingsOf(values: OAuth2Values, sender: string): OAuth2Settings | undefined {
  const { SMTP_OAUTH2_TOKEN_URL: url, SMTP_OAUTH2_CLIENT_ID: clientId } = values;
  const { SMTP_OAUTH2_CLIENT_SECRET: clientSecret } = values;
  if (!url || !clientId || !clientSecret) return undefined;
  const refreshToken = values.SMTP_OAUTH2_REFRESH_TOKEN;
  // A refresh token has the scope that its user has granted.
  const scope = values.SMTP_OAUTH2_SCOPE ?? (refreshToken ? undefined : DEFAULT_SCOPE);
  const user = values.SMTP_OAUTH2_USER ?? sender;
  return { tokenUrl: url, clientId, clientSecret, refreshToken, scope, user };
}

/** What is wrong with them together. */
export function oauth2Problems(env: Record<string, string | undefined>): string[] {
  const given = ALL_OR_NONE.filter((name) => env[name]);
  const others = OTHERS.filter((name) => env[name]);
  const problems: string[] = [];
  if (given.length === 0 && others.length === 0) return problems;
  if (given.length < ALL_OR_NONE.length) {
    const without = given.length > 0 ? 'set all three, or none' : `${others.join(', ')} needs them`;
    problems.push(`${ALL_OR_NONE.join(', ')} belong together; ${without}`);
  }
  const smtpUrl = env['SMTP_URL'] ?? '';
  if (!URL.canParse(smtpUrl)) return problems;
  const { username, searchParams } = new URL(smtpUrl);
  if (username !== '') {
    problems.push('SMTP_URL holds a login beside SMTP_OAUTH2_…; set one of them');
  }
  if (searchParams.has('authMethod')) {
    problems.push('SMTP_URL has an authMethod beside SMTP_OAUTH2_…; leave it out');
  }
  return problems;
}
