/** Faults of a Kratos in the field, made by a real HTTP proxy in front of the real admin port. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until.js';
import type { World } from './world.js';

/** The faults of the proxy; may be changed while it runs. */
interface Faults {
  /** One write at a time, as on Ory Network: the others get 429 without a header. */
  singleWriter?: boolean;
  /** One write in so many is answered with 503 and a page of HTML, and never reaches Kratos. */
  breakOneIn?: number;
  /** One write in so many is carried out, and the connection closed in place of its answer. */
  loseOneIn?: number;
  /** The answer to a write comes so long after it was carried out (milliseconds), as over a long way. */
  answerAfterMs?: number;
  /** From the next write on, writes get 429 for so long (milliseconds), with the seconds left in this header. */
  quietTime?: { header: string; ms: number; until?: number };
  /** So many writes more are carried out; the others wait for it to be raised or removed. */
  writesLeft?: number;
  /** Something else answers in Kratos's place: each request, or those that match, such as `GET /admin/identities?`. */
  standIn?: { as: StandIn; only?: RegExp };
  /** Requests with such a body are answered with this status and a page. */
  firewall?: { refuses: RegExp; status: number };
  /** A bearer token other than this one is refused with this status. */
  token?: { value: string; status: 401 | 403 };
  /** What a bad line, or a gateway, makes of one request in so many, of reads as well as writes. */
  weather?: { kind: Weather; oneIn: number };
}

/**
 *   drop     the connection closes, and Kratos never sees the request
 *   lose     carried out, and the connection closed in place of the answer
 *   late     carried out, and answered seconds later
 *   truncate carried out, and the connection closed within the answer
 *   others   answered by something else, and Kratos never sees the request
 */
export type Weather = 'drop' | 'lose' | 'late' | 'truncate' | keyof typeof INSTEAD;

/** A request that changes something: when it came, and what was answered. */
interface SeenWrite {
  at: number;
  /**
   *   lost    carried out, and the connection closed in place of the answer
   *   unheard carried out, and the client was gone when the answer came
   */
  answer: number | 'lost' | 'unheard';
}

export interface FaultProxy {
  url: string;
  faults: Faults;
  /** In the order in which they were answered. */
  writes: SeenWrite[];
  /** How many answers of this kind were given to writes. */
  count(answer: SeenWrite['answer']): number;
  /** The most writes that were with Kratos at once. */
  readonly mostAtOnce: number;
  /** How many writes wait for `writesLeft`. */
  readonly waiting: number;
  /** Nothing listens on the port any more. */
  down(): Promise<void>;
  up(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer | string;
}

const PAGE: Answer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html><body><h1>503 Service Unavailable</h1></body></html>',
};
const HTML = { 'content-type': 'text/html' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** What may answer in Kratos's place. The last one is a gateway of Ory's, whose errors have Kratos's form. */
const STAND_INS = {
  html200: { status: 200, headers: HTML, body: '<html>Welcome</html>' },
  json200: { status: 200, headers: JSON_TYPE, body: '{"status":"up","identities":"many"}' },
  empty200: { status: 200, headers: {}, body: '' },
  redirect: { status: 302, headers: { location: 'http://127.0.0.1:9/login' }, body: '' },
  page404: { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' },
  page403: { status: 403, headers: HTML, body: '<html>Forbidden</html>' },
  ory404: {
    status: 404,
    headers: JSON_TYPE,
    body: '{"error":{"code":404,"status":"Not Found","message":"no rule matches"}}',
  },
} satisfies Record<string, Answer>;
export type StandIn = keyof typeof STAND_INS;

/** What a gateway says of itself. */
const OF_GATEWAY = {
  401: refuse(401),
  429: refuse(429),
  502: { ...PAGE, status: 502 },
  503: PAGE,
} satisfies Record<number, Answer>;
const INSTEAD = { ...STAND_INS, ...OF_GATEWAY };
const LATE_MS = 4000;
const HEADERS_OF_ONE_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

/** Before the Kratos of a world, also when that is started anew; ended with the world. */
export async function startFaultProxy(world: World): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  let atWork = 0;
  let mostAtOnce = 0;
  let taken = 0;
  let carriedOut = 0;
  let waiting = 0;
  let passed = 0;

  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${port}`,
    faults: {},
    writes: [],
    count: (answer) => proxy.writes.filter((write) => write.answer === answer).length,
    get waiting() {
      return waiting;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    down: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
    up: () => listen(port),
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const at = Date.now();
    const body = await readBody(incoming);
    const isWrite = incoming.method !== 'GET';
    const { weather } = proxy.faults;
    if (weather && ++passed % weather.oneIn === 0) {
      await spoil(weather.kind, incoming, body, outgoing);
      return;
    }
    const answer =
      refusal(incoming, isWrite) ??
      (isWrite
        ? await write(incoming, body)
        : (standIn(incoming, body) ?? (await forward(incoming, body))));
    const isHeard = !outgoing.destroyed;
    const seen = answer === 'lost' ? answer : isHeard ? answer.status : 'unheard';
    if (isWrite) proxy.writes.push({ at, answer: seen });
    if (answer === 'lost') outgoing.destroy();
    else if (isHeard) outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const spoil = async (
    kind: Weather,
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ): Promise<void> => {
    if (kind === 'drop') {
      outgoing.destroy();
      return;
    }
    const reachesKratos = kind === 'lose' || kind === 'late' || kind === 'truncate';
    const answer: Answer = reachesKratos ? await forward(incoming, body) : INSTEAD[kind];
    if (kind === 'late') await sleep(LATE_MS);
    if (kind === 'lose' || outgoing.destroyed) outgoing.destroy();
    else if (kind !== 'truncate')
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    else {
      const whole = Buffer.from(answer.body);
      const headers = { ...answer.headers, 'content-length': String(whole.length + 1) };
      outgoing.writeHead(answer.status, headers);
      outgoing.write(whole.subarray(0, whole.length / 2), () => outgoing.destroy());
    }
  };

  const refusal = (incoming: IncomingMessage, isWrite: boolean): Answer | undefined => {
    const { token, quietTime, singleWriter } = proxy.faults;
    if (token && incoming.headers.authorization !== `Bearer ${token.value}`) {
      return refuse(token.status);
    }
    if (!isWrite) return undefined;
    if (quietTime) {
      quietTime.until ??= Date.now() + quietTime.ms;
      const left = quietTime.until - Date.now();
      if (left > 0) return refuse(429, { [quietTime.header]: String(Math.ceil(left / 1000)) });
    }
    return singleWriter && atWork > 0 ? refuse(429) : undefined;
  };

  const standIn = ({ method, url }: IncomingMessage, body: Buffer): Answer | undefined => {
    const { standIn: other, firewall } = proxy.faults;
    if (firewall?.refuses.test(body.toString())) {
      return { ...STAND_INS.page403, status: firewall.status };
    }
    const { as, only } = other ?? {};
    return as && (only?.test(`${method} ${url}`) ?? true) ? STAND_INS[as] : undefined;
  };

  /** A write that is not refused. */
  const write = async (incoming: IncomingMessage, body: Buffer): Promise<Answer | 'lost'> => {
    waiting++;
    await until(() => (proxy.faults.writesLeft ?? Infinity) > 0);
    waiting--;
    if (proxy.faults.writesLeft !== undefined) proxy.faults.writesLeft -= 1;
    const other = standIn(incoming, body);
    if (other) return other;
    const { breakOneIn = Infinity, loseOneIn = Infinity, answerAfterMs = 0 } = proxy.faults;
    if (++taken % breakOneIn === 0) return PAGE;
    mostAtOnce = Math.max(mostAtOnce, ++atWork);
    try {
      const answer = await forward(incoming, body);
      await sleep(answerAfterMs);
      return ++carriedOut % loseOneIn === 0 ? 'lost' : answer;
    } finally {
      atWork--;
    }
  };

  /** Carried out to its end even when the client has gone away meanwhile, as a proxy may. */
  const forward = (incoming: IncomingMessage, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, url = '/' } = incoming;
      const headers = ofOneHop(incoming.headers);
      const onward = request(
        new URL(url, world.kratos.adminUrl),
        { method, headers },
        (response) => {
          readBody(response).then(
            (answer) =>
              resolve({
                status: response.statusCode ?? 502,
                headers: ofOneHop(response.headers),
                body: answer,
              }),
            reject,
          );
        },
      );
      onward.on('error', reject).end(body);
    });
  world.onClose(() => proxy.down());
  return proxy;
}

function refuse(status: number, headers: Record<string, string> = {}): Answer {
  const error = { code: status, message: 'Refused by the proxy' };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ error }),
  };
}

function ofOneHop(headers: IncomingMessage['headers']): Answer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HEADERS_OF_ONE_HOP.has(name)),
  );
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
