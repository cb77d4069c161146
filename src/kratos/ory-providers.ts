/** The providers of social sign-ins, which Kratos shows on its login page alone. */
import { KratosError } from './kratos.js';
import { dataOf, type OryConnection } from './ory-http.js';
import { readSchemas, type PublicUrl } from './ory-schemas.js';
import { isLoginFlow } from './ory-shapes.js';

/**
 * Begins a login that nobody goes on with.
 * @param publicUrl where schemas are read; the login flow is served beside them
 * @returns undefined where no login begins, as behind a gateway that keeps programs out
 */
export async function readProviders(
  { http, headersFor }: OryConnection,
  publicUrl: PublicUrl,
): Promise<string[] | undefined> {
  const { baseUrl } = await readSchemas(http, publicUrl, headersFor);
  const request = http.get<unknown>(`${baseUrl}/self-service/login/api`);
  try {
    const { ui } = await dataOf('list the providers of sign-ins', request, isLoginFlow);
    return ui.nodes.flatMap(({ group, attributes: { name, value } }) =>
      group === 'oidc' && name === 'provider' && typeof value === 'string' ? [value] : [],
    );
  } catch (error) {
    if (!(error instanceof KratosError) || isAway(error)) throw error;
    return undefined;
  }
}

/** What answers with something else is there, and goes on answering so. */
function isAway({ kind, details: { status = 500 } }: KratosError): boolean {
  return kind === 'unavailable' && status >= 400;
}
