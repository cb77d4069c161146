/** A server of pages on 127.0.0.1. */
import { createServer, type IncomingMessage } from 'node:http';
import { isLoopback } from '../../../src/address.js';

/** What is shown, or where the browser goes instead. */
export type Answer = { body: string; status?: number; headers?: Headers } | { goTo: string };
type Headers = Record<string, string>;

export interface PageServer {
  url: string;
  stop(): Promise<void>;
}

/**
 * Asked by a name of this machine alone: any site can have a name of its own that leads here, and would read the mails.
 * @param formsGoTo where forms may be sent besides this server
 * @param answerTo its errors become a page of their own
 */
export async function servePages(
  port: number,
  formsGoTo: string[],
  answerTo: (url: URL, request: IncomingMessage) => Promise<Answer>,
): Promise<PageServer> {
  const url = `http://127.0.0.1:${port}`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action ${["'self'", ...formsGoTo].join(' ')}; base-uri 'none'; frame-ancestors 'self'`,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
  const server = createServer((request, response) => {
    const {
      url: asked = '/',
      headers: { host = '' },
    } = request;
    if (!asked.startsWith('/') || !isOfThisMachine(host)) {
      response.writeHead(421, headers).end();
      return;
    }
    // Not resolved against it: a path of two slashes would name a host.
    answerTo(new URL(url + asked), request)
      .then((answer) => {
        if ('goTo' in answer) response.writeHead(303, { ...headers, location: answer.goTo }).end();
        else
          response
            .writeHead(answer.status ?? 200, { ...headers, ...answer.headers })
            .end(answer.body);
      })
      .catch((error: unknown) => {
        const text = { ...headers, 'content-type': 'text/plain; charset=utf-8' };
        response.writeHead(502, text).end(`This page cannot be shown now: ${String(error)}`);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      // A browser keeps its connections open.
      server.closeAllConnections();
    });
  return { url, stop };
}

/** @param host as the browser sends it, with its port */
function isOfThisMachine(host: string): boolean {
  return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname);
}
