/** The identity schemas, which Kratos serves on its public port. */
import type { IdentitySchemaContainer } from '@ory/client';
import type { AxiosInstance } from 'axios';
import { KratosError } from './kratos.js';
import { answerOf } from './ory-http.js';

const SCHEMAS_A_PAGE = 500;
const MAX_REDIRECTS = 5;

export interface ReadSchemas {
  schemas: IdentitySchemaContainer[];
  /** The address of the port that has them. */
  baseUrl: string;
}

/**
 * Reads the schemas. The admin port redirects to the public one, through its own `/admin` prefix; each redirect is
 * followed here, since the token goes to the admin port only.
 * @param headersFor the headers that a request to this URL may carry
 */
export async function readSchemas(
  http: AxiosInstance,
  baseUrl: string,
  headersFor: (url: URL) => Record<string, string>,
): Promise<ReadSchemas> {
  let url = new URL(`${baseUrl.replace(/\/+$/, '')}/schemas`);
  for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
    url.searchParams.set('page_size', String(SCHEMAS_A_PAGE));
    const request = http.get<IdentitySchemaContainer[]>(url.href, {
      maxRedirects: 0,
      headers: headersFor(url),
      validateStatus: (status) => status < 400,
    });
    const response = await answerOf('list schemas', request);
    const location = response.headers['location'] as string | undefined;
    if (location === undefined) {
      return { schemas: response.data, baseUrl: url.href.replace(/\/schemas\?.*$/, '') };
    }
    url = new URL(location, url);
  }
  throw new KratosError('refused', 'Kratos redirects without end: list schemas');
}
