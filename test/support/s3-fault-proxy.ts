/** Faults of an S3-compatible store in the field, made by a real HTTP proxy in front of a real one. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '../../dev/servers/s3.js';

/**
 *   lose      carried out, and the connection closed in place of the answer
 *   late      the connection closed in place of an answer, and carried out when `deliver` is called
 *   twice     carried out twice, as by a proxy that tries again, and answered as the second time
 *   silent    never carried out, never answered
 *   cut       carried out, and the connection closed within the answer
 *   cut-off   the connection closed while the request comes; never carried out
 *   ignore    carried out without its condition, as by a store that knows none
 */
type Fault = 'lose' | 'late' | 'twice' | 'silent' | 'cut' | 'cut-off' | 'ignore' | Refusal;

interface Refusal {
  status: number;
  code: string;
}

interface Planned {
  fault: Fault;
  /** Of the requests that match, such as `PUT .*plan.json`. */
  only: RegExp;
  /** So many of them. */
  left: number;
}

interface SeenRequest {
  method: string;
  url: string;
  /** Of the request and of its answer. */
  bytes: number;
}

export interface S3FaultProxy {
  /** As the server's own, with the proxy's address. */
  env: Record<string, string>;
  /** In the order in which they came. */
  requests: SeenRequest[];
  /** Makes the next requests that match fail. */
  plan(fault: Fault, only: RegExp, times?: number): void;
  /** Carries out what was held back. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

interface Asked {
  incoming: IncomingMessage;
  body: Buffer;
}

export async function startS3FaultProxy(
  store: Pick<S3Server, 'url' | 'env'>,
): Promise<S3FaultProxy> {
  const planned: Planned[] = [];
  const held: Asked[] = [];
  const requests: SeenRequest[] = [];
  const unconditional = clientOf(store);

  const forward = ({ incoming, body }: Asked): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, url = '/', headers } = incoming;
      // The name of the host is signed: it stays the proxy's.
      const onward = request(new URL(url, store.url), { method, headers }, (response) => {
        readBody(response).then((content) => {
          const { statusCode: status = 502 } = response;
          resolve({ status, headers: response.headers, body: content });
        }, reject);
      });
      onward.on('error', reject).end(body);
    });

  /** The signature holds the condition, so that another request is made. */
  const forwardWithout = async ({ incoming, body }: Asked): Promise<Answer> => {
    const [, Bucket, ...key] = decodeURIComponent(new URL(incoming.url!, store.url).pathname).split(
      '/',
    );
    const command = new PutObjectCommand({ Bucket, Key: key.join('/'), Body: body });
    const { ETag } = await unconditional.send(command);
    return { status: 200, headers: { etag: ETag, 'content-length': '0' }, body: Buffer.alloc(0) };
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming;
    const seen = { method, url, bytes: 0 };
    requests.push(seen);
    const next = planned.find(({ only, left }) => left > 0 && only.test(`${method} ${url}`));
    if (next) next.left -= 1;
    const fault = next?.fault;
    if (fault === 'cut-off') {
      incoming.once('data', () => incoming.destroy());
      return;
    }
    const body = await readBody(incoming);
    const asked = { incoming, body };
    if (fault === 'silent') return;
    if (fault === 'late') {
      held.push(asked);
      outgoing.destroy();
      return;
    }
    if (typeof fault === 'object') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' });
      outgoing.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code></Error>`);
      return;
    }
    if (fault === 'twice') await forward(asked);
    const answer = await (fault === 'ignore' ? forwardWithout(asked) : forward(asked));
    seen.bytes = body.length + answer.body.length;
    if (fault === 'lose') outgoing.destroy();
    else if (fault === 'cut') {
      outgoing.writeHead(answer.status, answer.headers);
      const half = answer.body.subarray(0, answer.body.length / 2);
      outgoing.write(half, () => outgoing.destroy());
    } else outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { ...store.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
    requests,
    plan: (fault, only, times = 1) => void planned.unshift({ fault, only, left: times }),
    deliver: async () => {
      for (const asked of held.splice(0)) await forward(asked);
    },
    close: () =>
      new Promise((resolve) => {
        unconditional.destroy();
        server.close(() => resolve()).closeAllConnections();
      }),
  };
}

function clientOf({ url, env }: Pick<S3Server, 'url' | 'env'>): S3Client {
  return new S3Client({
    endpoint: url,
    region: env['AWS_REGION']!,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY']!,
    },
  });
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
