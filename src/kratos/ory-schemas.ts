/** The identity schemas, which Kratos serves on its public port. */
import type { IdentitySchemaContainer } from '@ory/client';
import type { AxiosInstance } from 'axios';
import { KratosError } from './kratos.js';
import { notKratos } from './ory-errors.js';
import { answerOf } from './ory-http.js';
import { isSchemaList } from './ory-shapes.js';

const SCHEMAS_A_PAGE = 500;
const MAX_REDIRECTS = 5;

/** Where the public port is looked for, and the setting that says so. */
export interface PublicUrl {
  url: string;
  setting: 'KRATOS_ADMIN_URL' | 'KRATOS_PUBLIC_URL';
}

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
  { url: baseUrl, setting }: PublicUrl,
  headersFor: (url: URL) => Record<string, string>,
): Promise<ReadSchemas> {
  let url = new URL(`${baseUrl.replace(/\/+$/, '')}/schemas`);
  const { origin } = url;
  for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
    // The admin port knows the public one by an address that may not be the one for this machine.
    const place =
      url.origin === origin || setting === 'KRATOS_PUBLIC_URL'
        ? setting
        : 'the address that the admin port gives; set KRATOS_PUBLIC_URL';
    const operation = `list schemas (${place})`;
    url.searchParams.set('page_size', String(SCHEMAS_A_PAGE));
    const request = http.get<unknown>(url.href, {
      maxRedirects: 0,
      headers: headersFor(url),
      validateStatus: (status) => status < 400,
    });
    try {
      const response = await answerOf(operation, request);
      const location = response.headers['location'] as string | undefined;
      if (location === undefined) {
        if (!isSchemaList(response.data)) throw notKratos(operation, response);
        return { schemas: response.data, baseUrl: url.href.replace(/\/schemas\?.*$/, '') };
      }
      url = new URL(location, url);
    } catch (error) {
      if (!(error instanceof KratosError) || place === 'KRATOS_ADMIN_URL') throw error;
      throw new KratosError(error.kind, error.message, { ...error.details, publicPort: true });
    }
  }
  throw new KratosError('refused', 'Kratos redirects without end: list schemas');
}
