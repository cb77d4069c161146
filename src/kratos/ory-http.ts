/** The connection to Kratos: timeouts, the token, and where neither may go. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Configuration, IdentityApi } from '@ory/client';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { notKratos, toKratosError } from './ory-errors.js';

/** Without statistics SQLite takes seconds to find one of thousands of identities. */
const READ_TIMEOUT_MS = 30_000;

export interface OryConnection {
  /** The admin port's address, without a slash at its end. */
  basePath: string;
  identities: IdentityApi;
  http: AxiosInstance;
  /** The token, for URLs of the admin port alone. */
  headersFor: (url: URL) => Record<string, string>;
}

export function connect(adminUrl: string, adminToken: string | undefined): OryConnection {
  const basePath = adminUrl.replace(/\/+$/, '');
  const { origin } = new URL(basePath);
  const transport = {
    timeout: READ_TIMEOUT_MS,
    // Ory's client makes the JSON; axios would parse all of it again to see whether it is any.
    transformRequest: (body: unknown) => body,
    // A redirect would make a GET of a write, may lead to a login page, and may lead the token elsewhere.
    maxRedirects: 0,
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  };
  const headers: Record<string, string> = adminToken
    ? { Authorization: `Bearer ${adminToken}` }
    : {};
  const configuration = new Configuration({ basePath, baseOptions: { ...transport, headers } });
  return {
    basePath,
    identities: new IdentityApi(configuration),
    http: axios.create(transport),
    headersFor: (url) => (url.origin === origin ? headers : {}),
  };
}

/** @throws KratosError in place of the HTTP client's own error */
export async function answerOf<T>(operation: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw toKratosError(operation, error);
  }
}

/**
 * The data of an answer, where it has the shape that was asked for.
 * @throws KratosError, also for an answer of another shape
 */
export async function dataOf<T>(
  operation: string,
  request: Promise<AxiosResponse<unknown>>,
  isShape: (data: unknown) => data is T,
): Promise<T> {
  const response = await answerOf(operation, request);
  if (!isShape(response.data)) throw notKratos(operation, response);
  return response.data;
}
