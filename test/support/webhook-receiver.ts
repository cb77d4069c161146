/** The receiver of webhooks, played on 127.0.0.1: what it got, and how it answers the next ones. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is answered. */
export interface Answer {
  /** None at all: the connection stays open without a word. */
  status: number | 'none';
  headers?: Record<string, string>;
  /** Goes on for ever. */
  isEndless?: boolean;
}

interface Request {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  answer: Answer['status'];
}

interface TakenEvent {
  id: string;
  type: string;
  subject: string;
  time: string;
  data: Record<string, unknown>;
}

export interface WebhookReceiver {
  url: string;
  requests: Request[];
  /** Taken one after the other; then each request is answered with 204. */
  answers: Answer[];
  /** The events that were taken, in their order. */
  taken(): TakenEvent[];
  /** Goes away: nobody listens on its port. */
  stop(): Promise<void>;
  /** Comes back on the same port. */
  start(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const answer = receiver.answers.shift() ?? { status: 204 };
      receiver.requests.push({
        ...{ method: request.method ?? '', path: request.url ?? '', headers: request.headers },
        ...{ body: Buffer.concat(parts).toString('utf8'), answer: answer.status },
      });
      respond(response, answer);
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hooks/secret-of-the-path?key=secret-of-the-query`,
    requests: [],
    answers: [],
    taken: () =>
      receiver.requests
        .filter(({ answer }) => answer === 204)
        .map(({ body }) => JSON.parse(body) as TakenEvent),
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
    start: () => listen(port),
  };
  return receiver;
}

function respond(response: ServerResponse, { status, headers, isEndless }: Answer): void {
  if (status === 'none') return;
  response.writeHead(status, headers);
  if (!isEndless) {
    response.end();
    return;
  }
  const go = (): void => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    response.once('drain', go);
  };
  go();
}
