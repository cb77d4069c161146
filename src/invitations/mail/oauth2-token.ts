/** Access tokens for the login at a mail server, from the provider's token endpoint (RFC 6749). */
import { MailError } from './mailer.js';
import type { OAuth2Settings } from './oauth2-settings.js';

const ANSWER_WITHIN_MS = 15_000;
/** A token has two thousand characters or so. */
const LONGEST_ANSWER = 64 * 1024;
/** It is used no longer than until so long before its end, as it has to reach the mail server before that. */
const MARGIN_MS = 5 * 60_000;
/** Of an endpoint that says nothing of a token's life. */
const LIFE_MS = 10 * 60_000;
/** The words of RFC 6749 that may be shown; descriptions quote what was sent. */
const KNOWN_ERRORS = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
]);
/** Not now: of the statuses of requests that are refused for good, all others. */
const LATER = new Set([408, 425, 429]);

interface Token {
  token: string;
  until: number;
}

/** The login by OAuth2, as nodemailer takes it: it asks for a token each time that it logs in. */
export interface TokenLogin {
  auth: {
    type: 'OAuth2';
    user: string;
    provisionCallback: (
      user: string,
      isRefused: boolean,
      done: (error: Error | null, token?: string) => void,
    ) => void;
  };
  /** The mail server has refused the last token: the next login has another one. */
  renew(): void;
}

/** @param now milliseconds since 1970 */
export function tokenLogin(settings: OAuth2Settings, now = Date.now): TokenLogin {
  const source = createTokenSource(settings, now);
  return {
    auth: {
      type: 'OAuth2',
      user: settings.user,
      provisionCallback(_user, isRefused, done) {
        if (isRefused) source.renew();
        source.get().then(
          (token) => done(null, token),
          (error: unknown) => done(error as MailError),
        );
      },
    },
    renew: source.renew,
  };
}

/** All connections of a worker share one token. */
function createTokenSource(settings: OAuth2Settings, now: () => number) {
  let current: Token | undefined;
  let coming: Promise<Token> | undefined;
  return {
    renew: (): void => void (current = undefined),
    /** @throws MailError: with `token` where only another setting helps */
    async get(): Promise<string> {
      if (current && now() < current.until) return current.token;
      coming ??= requestToken(settings, now).finally(() => (coming = undefined));
      current = await coming;
      return current.token;
    },
  };
}

async function requestToken(settings: OAuth2Settings, now: () => number): Promise<Token> {
  const askedAt = now();
  const { status, text } = await post(settings);
  const { access_token: token, expires_in: seconds, error } = parse(text);
  if (status === 200 && typeof token === 'string' && token !== '') {
    const life = Number(seconds) > 0 ? Number(seconds) * 1000 : LIFE_MS;
    return { token, until: askedAt + life - Math.min(MARGIN_MS, life / 2) };
  }
  const why = typeof error === 'string' && KNOWN_ERRORS.has(error) ? ` ${error}` : '';
  const isRefused = status >= 400 && status < 500 && !LATER.has(status);
  if (!isRefused) throw new MailError('away', `The token endpoint answered ${status}`, {});
  throw new MailError('away', `The token endpoint refuses the login (${status}${why})`, {
    token: true,
  });
}

/** Redirects are not followed: the secret goes to the one address that the settings name. */
async function post(settings: OAuth2Settings): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(settings.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams(fieldsOf(settings)),
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return { status: response.status, text: await readShort(response) };
  } catch (error) {
    throw new MailError('away', `The token endpoint does not answer (${codeOf(error)})`);
  }
}

function fieldsOf(settings: OAuth2Settings): Record<string, string> {
  const { clientId, clientSecret, refreshToken, scope } = settings;
  const grant: Record<string, string> = refreshToken
    ? { grant_type: 'refresh_token', refresh_token: refreshToken }
    : { grant_type: 'client_credentials' };
  return {
    ...grant,
    client_id: clientId,
    client_secret: clientSecret,
    ...(scope !== undefined && { scope }),
  };
}

async function readShort({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    parts.push(part as Uint8Array);
    length += (part as Uint8Array).length;
    if (length > LONGEST_ANSWER) return '';
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** The operating system's or Node's word for it: messages quote the address. */
function codeOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  const code = cause?.code ?? name;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'no code';
}
