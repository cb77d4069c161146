/** Signing in as a user does, at Kratos's public API. */
import { KratosError } from './kratos.js';
import { answerOf, connect, dataOf } from './ory-http.js';
import type { KratosSettings } from './ory-kratos.js';
import { readSchemas } from './ory-schemas.js';
import { isLoginFlow, isWrongPassword } from './ory-shapes.js';

/**
 * @returns whether Kratos lets the user in
 * @throws KratosError when that cannot be told
 */
export type SignIn = (identifier: string, password: string) => Promise<boolean>;

export function createSignIn(settings: KratosSettings): SignIn {
  const { http, basePath, headersFor } = connect(settings);
  const publicUrl = settings.publicUrl
    ? { url: settings.publicUrl, setting: 'KRATOS_PUBLIC_URL' as const }
    : { url: basePath, setting: 'KRATOS_ADMIN_URL' as const };
  return async (identifier, password) => {
    // The address of the flow's form may be the browsers' own: only its id is taken.
    const { baseUrl } = await readSchemas(http, publicUrl, headersFor);
    const flow = http.get<unknown>(`${baseUrl}/self-service/login/api`);
    const { id } = await dataOf('begin a login', flow, isLoginFlow);
    const body = JSON.stringify({ method: 'password', identifier, password });
    const answer = await answerOf(
      'log in',
      http.post<unknown>(`${baseUrl}/self-service/login?flow=${encodeURIComponent(id)}`, body, {
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        validateStatus: (status) => status === 200 || status === 400,
      }),
    );
    if (answer.status === 200) return true;
    if (isWrongPassword(answer.data)) return false;
    throw new KratosError(
      'refused',
      'Kratos refuses the login for another reason than the password',
      {
        publicPort: true,
      },
    );
  };
}
