/**
 * What is in the way to Temporal. The SDK tries again until its time is over, and then says only that it is: whether
 * nobody listens, a certificate is not trusted, or one side expects TLS is found out here, without gRPC.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** How this side speaks; undefined: without TLS. */
export type Tls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;

export interface Obstacle {
  /** `setting`: it goes away by another setting; `away`: perhaps by itself. */
  kind: 'away' | 'setting';
  text: string;
}

const WAIT_MS = 3000;
/** TLS 1.3 refuses a client's certificate after the handshake. */
const REFUSAL_MS = 300;

/** What became of a connection: an error's code, or how long it stands. */
type Outcome = { code: string } | 'open';

/** @param address host:port, perhaps as a URL */
export async function findObstacle(address: string, tls: Tls | undefined): Promise<Obstacle> {
  const url = address.includes('://') ? address : `temporal://${address}`;
  if (!URL.canParse(url)) return NO_ADDRESS;
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const place = { host, port: Number(port) || 7233 };
  const reached = await outcomeOf(() => connect(place), 'connect');
  if (reached !== 'open')
    return { kind: 'away', text: WITHOUT_ANSWER[reached.code] ?? reached.code };
  const own = { ...place, servername: isIP(host) ? '' : host, ALPNProtocols: ['h2'] };
  if (tls === undefined) {
    const answer = await outcomeOf(
      () => connectTls({ ...own, rejectUnauthorized: false }),
      'secureConnect',
    );
    const speaksTls = answer === 'open' || answer.code.includes('ALERT');
    return speaksTls ? { kind: 'setting', text: WANTS_TLS } : NOT_TEMPORAL;
  }
  const { servername = own.servername } = tls;
  const answer = await outcomeOf(
    () => connectTls({ ...own, ...tls, servername }),
    'secureConnect',
    REFUSAL_MS,
  );
  return answer === 'open' ? NOT_TEMPORAL : { kind: 'setting', text: tlsProblem(answer.code) };
}

const NO_ADDRESS: Obstacle = {
  kind: 'setting',
  text: 'this is no address: set TEMPORAL_ADDRESS to host:port',
};

const NOT_TEMPORAL: Obstacle = {
  kind: 'away',
  text: 'something listens there that does not answer as Temporal does',
};

const WANTS_TLS =
  'it expects TLS, and none is set: set TEMPORAL_TLS=true, or what your Temporal asks for (TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH)';

const WITHOUT_ANSWER: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED)',
  ENOTFOUND: 'no such host (ENOTFOUND)',
  ETIMEDOUT: 'no answer (ETIMEDOUT)',
};

/** @param code of the failed handshake */
export function tlsProblem(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name (${code}): correct TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME`;
  }
  if (code === 'CERT_HAS_EXPIRED') return `its certificate has expired (${code})`;
  if (/SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return `its certificate is not trusted (${code}): set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of its authority`;
  }
  if (/ALERT/.test(code)) {
    return `it refuses the client's certificate, or asks for one (${code}): check TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`;
  }
  if (/OSSL|PEM|X509|KEY_VALUES/.test(code)) {
    return `the client's certificate, its key or the authority's certificate cannot be used (${code}): check the files of TEMPORAL_TLS_…`;
  }
  return `it does not speak TLS (${code}), and TLS is set: leave out TEMPORAL_TLS_… and TEMPORAL_API_KEY, or correct TEMPORAL_ADDRESS`;
}

/** @param stay how long it must stay open after `event`, in milliseconds */
function outcomeOf(
  open: () => Socket,
  event: 'connect' | 'secureConnect',
  stay = 0,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let socket: Socket;
    const end = (outcome: Outcome): void => {
      resolve(outcome);
      socket.destroy();
    };
    try {
      socket = open();
    } catch (error) {
      resolve({ code: codeOf(error) });
      return;
    }
    socket
      .setTimeout(WAIT_MS, () => end({ code: 'ETIMEDOUT' }))
      .once('error', (error) => end({ code: codeOf(error) }))
      .once('close', () => end({ code: 'ECONNRESET' }))
      .once(event, () => void setTimeout(() => end('open'), stay));
    // A server that asks for a certificate refuses its lack only when it is read from.
    socket.resume();
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'no code';
}
