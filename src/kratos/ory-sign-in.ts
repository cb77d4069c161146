/** Signing in as a user does, at Kratos's public API. */
import type { SignInAnswer, SignIns } from './kratos.js';
import { isRetryable, notKratos } from './ory-errors.js';
import { answerOf, connect, dataOf, type OryConnection } from './ory-http.js';
import type { KratosSettings } from './ory-kratos.js';
import { readSchemas, type PublicUrl } from './ory-schemas.js';
import { isLoginFlow, isSignedIn, isWrongPassword } from './ory-shapes.js';

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' };

export function createSignIns(settings: KratosSettings): SignIns {
  return new OrySignIns(settings);
}

class OrySignIns implements SignIns {
  private readonly connection: OryConnection;
  private readonly publicUrl: PublicUrl;

  constructor(settings: KratosSettings) {
    this.connection = connect(settings);
    this.publicUrl = settings.publicUrl
      ? { url: settings.publicUrl, setting: 'KRATOS_PUBLIC_URL' }
      : { url: this.connection.basePath, setting: 'KRATOS_ADMIN_URL' };
  }

  async signIn(identifier: string, password: string): Promise<SignInAnswer> {
    const { http } = this.connection;
    // The address of the flow's form may be the browsers' own: only its id is taken.
    const baseUrl = await this.baseUrl();
    const flow = http.get<unknown>(`${baseUrl}/self-service/login/api`);
    const { id } = await dataOf('begin a login', flow, isLoginFlow);
    const body = JSON.stringify({ method: 'password', identifier, password });
    const answer = await answerOf(
      'log in',
      http.post<unknown>(`${baseUrl}/self-service/login?flow=${encodeURIComponent(id)}`, body, {
        headers: JSON_HEADERS,
        validateStatus: (status) =>
          status === 200 || (status >= 400 && status < 500 && !isRetryable(status)),
      }),
    );
    if (answer.status !== 200) return { kind: isWrongPassword(answer.data) ? 'wrong' : 'other' };
    if (!isSignedIn(answer.data)) throw notKratos('log in', answer);
    const { session, session_token: token } = answer.data;
    // Kratos names nobody who has to show a second factor yet.
    return { kind: session.identity ? 'signed_in' : 'other', token };
  }

  async signOut(token: string): Promise<void> {
    const url = `${await this.baseUrl()}/self-service/logout/api`;
    const data = JSON.stringify({ session_token: token });
    await answerOf(
      'log out',
      this.connection.http.delete(url, {
        data,
        headers: JSON_HEADERS,
        validateStatus: (status) => status === 204,
      }),
    );
  }

  private async baseUrl(): Promise<string> {
    const { http, headersFor } = this.connection;
    return (await readSchemas(http, this.publicUrl, headersFor)).baseUrl;
  }
}
