/** Telling Kratos's two ports apart: the public one hands admin requests on by a redirect, or has no such page. */
import { KratosError } from './kratos.js';
import type { OryConnection } from './ory-http.js';
import { isSchemaList } from './ory-shapes.js';

/**
 * The error of an admin request, in the words of an address that leads to the public port where it does.
 * @param error what came of the request
 */
export async function orWrongPort(connection: OryConnection, error: unknown): Promise<unknown> {
  const status = error instanceof KratosError ? (error.details.status ?? 0) : 0;
  const isElsewhere = (status >= 300 && status < 400) || status === 404;
  if (!isElsewhere || !(await isPublicPort(connection))) return error;
  return new KratosError('refused', WRONG_PORT, { status, wrongPort: true });
}

const WRONG_PORT =
  'KRATOS_ADMIN_URL is the address of the public port of Kratos, not of its admin port';

/** The admin port redirects to where the schemas are. */
async function isPublicPort({ http, basePath }: OryConnection): Promise<boolean> {
  try {
    return isSchemaList((await http.get<unknown>(`${basePath}/schemas?page_size=1`)).data);
  } catch {
    return false;
  }
}
