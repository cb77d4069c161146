/** The connection to Kratos: timeouts, the token, and where neither may go. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { unescape } from 'node:querystring';
import { Configuration, IdentityApi } from '@ory/client';
import axios, {
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosProxyConfig,
  type AxiosResponse,
} from 'axios';
import { notKratos, toKratosError } from './ory-errors.js';

/** Some hundred times what a whole page of users takes. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
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

/** The settings of the way to Kratos. */
export interface OrySettings {
  /** Perhaps with a login (Basic), which goes to its origin only. */
  adminUrl: string;
  /** Sent to the admin URL's origin only. */
  adminToken?: string | undefined;
  /** A proxy on the way; those of the environment (HTTP_PROXY and the like) are not taken. */
  proxyUrl?: string | undefined;
  /** Sees each request, for traces. */
  traceRequests?: ((http: AxiosInstance) => void) | undefined;
}

export function connect({
  adminUrl,
  adminToken,
  proxyUrl,
  traceRequests,
}: OrySettings): OryConnection {
  const { url, login } = splitLogin(adminUrl);
  const basePath = url.href.replace(/\/+$/, '');
  const { origin } = url;
  const transport = {
    timeout: READ_TIMEOUT_MS,
    // Ory's client makes the JSON; axios would parse all of it again to see whether it is any.
    transformRequest: (body: unknown) => body,
    // A redirect would make a GET of a write, may lead to a login page, and may lead the token elsewhere.
    maxRedirects: 0,
    maxContentLength: MOST_ANSWER_BYTES,
    // Without a word here, a proxy of the environment would be handed the token.
    proxy: proxyUrl === undefined ? (false as const) : toProxy(proxyUrl),
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  };
  const basic =
    login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const authorization = adminToken ? `Bearer ${adminToken}` : basic;
  const headers: Record<string, string> = authorization ? { Authorization: authorization } : {};
  const configuration = new Configuration({ basePath, baseOptions: { ...transport, headers } });
  const http = axios.create({ ...transport, adapter: inTime });
  traceRequests?.(http);
  return {
    basePath,
    // The same axios; the types of Ory's client name it by another module format.
    identities: new IdentityApi(configuration, basePath, http as unknown as OryAxios),
    http,
    headersFor: (url) => (url.origin === origin ? headers : {}),
  };
}

const byHttp = axios.getAdapter('http');

/**
 * The timeout alone ends a silence, not an answer that drips on for ever. A signal of `AbortSignal.timeout` would live
 * on after the answer until its time is up, and cost as much again then.
 */
const inTime: AxiosAdapter = async (request) => {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), request.timeout ?? READ_TIMEOUT_MS);
  try {
    request.signal = overdue.signal;
    return await byHttp(request);
  } finally {
    clearTimeout(timer);
  }
};

/** The client would put the login into each request by itself, also in place of the token. */
function splitLogin(address: string): { url: URL; login: Login | undefined } {
  const url = new URL(address);
  const username = unescape(url.username);
  const password = unescape(url.password);
  url.username = '';
  url.password = '';
  const login = username === '' && password === '' ? undefined : { username, password };
  return { url, login };
}

type OryAxios = ConstructorParameters<typeof IdentityApi>[2];

interface Login {
  username: string;
  password: string;
}

function toProxy(proxyUrl: string): AxiosProxyConfig {
  const { url, login } = splitLogin(proxyUrl);
  const { protocol, hostname, port } = url;
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return {
    protocol,
    host: hostname,
    port: Number(port) || defaultPort,
    ...(login && { auth: login }),
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
