/** A mail server for tests: real SMTP on 127.0.0.1, whose faults may be changed while it runs. */
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export interface MailServerOptions {
  /** With a certificate that no authority has signed. Default: none. */
  tls?: 'none' | 'starttls' | 'from-start';
  /** Asks for this login before it takes a mail. */
  login?: { user: string; password: string };
  /** Asks for a login by OAuth2, as this user, with one of the tokens. */
  oauth2?: { user: string; tokens: Set<string>; challenges: boolean };
  /** Whether commands may be sent without waiting for answers. Default: true. */
  pipelining?: boolean;
}

/** The faults of the server. */
interface MailFaults {
  /** Answers a new connection with this status in place of its greeting. */
  greetWith?: number;
  /** Greets so many milliseconds after the connection; `Infinity` is never. */
  greetAfterMs?: number;
  /** Answers a command with this status: for one recipient, else for each. */
  refuse?: { at: 'MAIL FROM' | 'RCPT TO' | 'DATA'; status: number; to?: string };
  /** Refuses each connection beyond so many. */
  mostConnections?: number;
  /** After so many mails over one connection, closes it or refuses more over it. */
  mailsASession?: { most: number; then: 'close' | 'refuse' };
  /** Refuses mails that come faster, as Amazon SES does: so many may come at once. */
  mailsASecond?: number;
  /** Refuses each mail, with this answer. */
  answer?: { status: number; text: string };
  /** Reads nothing of a mail for so many milliseconds. */
  readAfterMs?: number;
  /** Answers so many milliseconds after it has the whole mail. */
  answerAfterMs?: number;
  /** Closes the connection within a mail, or in place of the answer to a whole one, which it keeps or throws away. */
  breakOff?: 'within' | 'kept' | 'thrown away';
}

interface TakenMail {
  at: number;
  to: string;
  /** The mail as it came, headers and all. */
  raw: string;
  /** Whether it came over TLS. */
  secure: boolean;
}

export interface MailServer {
  /** The URL without a login, whether or not the server asks for one. */
  url: string;
  faults: MailFaults;
  /** Faults of the mails to one address, or to all of one domain, besides the faults of all mails. */
  faultsFor: Map<string, MailFaults>;
  /** Every mail that it accepted, in that order. */
  mails: TakenMail[];
  /** Every recipient or mail that it refused, in that order. */
  refusals: { at: number; to: string }[];
  /** The recipients of mails that it has begun to receive, and does not have whole. */
  begun: Set<string>;
  /** The recipients of mails that it has whole and has not answered yet. */
  receiving: Set<string>;
  /** Every mail that it received whole and did not answer; kept mails are delivered all the same. */
  unanswered: (TakenMail & { kept: boolean })[];
  /** The number of logins that it was given so far, good or bad. */
  readonly logins: number;
  /** The number of connections to it so far. */
  readonly connections: number;
  /** The number of those that are open. */
  readonly open: number;
  /** How many of them it has refused as too many. */
  refusedConnections: number;
  /** Closes each connection, as servers do with idle connections; accepts others. */
  hangUp(): Promise<void>;
  /** Goes away: closes all connections at once and no longer listens on its port. */
  stop(): Promise<void>;
  /** Comes back on the same port. */
  start(): Promise<void>;
  /** Whether it listens. */
  readonly isUp: boolean;
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { tls = 'none', login, oauth2, pipelining = true } = options;
  const sockets = new Map<number, Socket>();
  let server: SMTPServer | undefined;
  let port = 0;
  const greeted = new Set<Socket>();
  const mailsOver = new Map<string, number>();
  let connections = 0;
  let logins = 0;
  let bucket = { level: 0, at: 0 };

  const listen = async (): Promise<void> => {
    const started = new SMTPServer({
      secure: tls === 'from-start',
      authOptional: !login && !oauth2,
      authMethods: oauth2 ? ['XOAUTH2'] : ['PLAIN', 'LOGIN'],
      allowInsecureAuth: true,
      disabledCommands: [
        ...(tls === 'starttls' ? [] : ['STARTTLS']),
        ...(login || oauth2 ? [] : ['AUTH']),
      ],
      hidePIPELINING: !pipelining,
      disableReverseLookup: true,
      logger: false,
      onConnect: ({ remotePort }, done) => void greet(remotePort, done),
      onAuth: ({ username, password, accessToken }, _session, done) => {
        logins++;
        if (oauth2) {
          const isTaken = username === oauth2.user && oauth2.tokens.has(accessToken ?? '');
          if (isTaken) done(null, { user: username });
          else if (oauth2.challenges) done(null, { data: { status: '401', schemes: 'bearer' } });
          else done(failure(535));
          return;
        }
        const isRight = username === login?.user && password === login?.password;
        if (isRight) done(null, { user: username });
        else done(failure(535));
      },
      onMailFrom: (_address, { id, remotePort }, done) => {
        const { most = Infinity, then } = mailServer.faults.mailsASession ?? {};
        const isOver = (mailsOver.get(id) ?? 0) >= most;
        mailsOver.set(id, (mailsOver.get(id) ?? 0) + 1);
        if (isOver && then === 'close') sockets.get(remotePort)?.destroy();
        else if (isOver) done(failure(452, 'Maximum number of messages per session exceeded'));
        else done(refusal('MAIL FROM', ''));
      },
      onRcptTo: ({ address }, _session, done) => done(refusal('RCPT TO', address)),
      onData: (stream, session, done) => void take(stream, session, done),
    });
    // A connection that breaks off is a part of many tests.
    started.on('error', () => undefined);
    started.server.on('connection', (socket: Socket) => {
      connections++;
      const { remotePort } = socket;
      sockets.set(remotePort!, socket);
      socket.on('close', () => {
        sockets.delete(remotePort!);
        greeted.delete(socket);
      });
    });
    await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve));
    ({ port } = started.server.address() as AddressInfo);
    server = started;
  };

  const greet = async (remotePort: number, done: (error?: Error) => void): Promise<void> => {
    const { greetWith, greetAfterMs = 0, mostConnections = Infinity } = mailServer.faults;
    if (greetAfterMs === Infinity) return;
    await sleep(greetAfterMs);
    if (greeted.size >= mostConnections) {
      mailServer.refusedConnections++;
      done(failure(421, 'Error: too many connections'));
      return;
    }
    const socket = sockets.get(remotePort);
    if (socket) greeted.add(socket);
    done(greetWith === undefined ? undefined : failure(greetWith));
  };

  const refusal = (at: string, address: string): Error | undefined => {
    const { refuse } = faultsOf(address);
    if (refuse?.at !== at || (refuse.to ?? address) !== address) return undefined;
    mailServer.refusals.push({ at: Date.now(), to: address });
    return failure(refuse.status);
  };

  const limitReached = (to: string): Error | undefined => {
    const { mailsASecond = Infinity, answer } = faultsOf(to);
    const now = Date.now();
    const level = Math.max(0, bucket.level - ((now - bucket.at) * mailsASecond) / 1000);
    const isTooMany = mailsASecond < Infinity && level + 1 > mailsASecond;
    bucket = { level: isTooMany ? level : level + 1, at: now };
    if (!isTooMany && !answer) return undefined;
    mailServer.refusals.push({ at: now, to });
    return answer
      ? failure(answer.status, answer.text)
      : failure(454, 'Throttling failure: Maximum sending rate exceeded');
  };

  const faultsOf = (address: string): MailFaults => ({
    ...mailServer.faults,
    ...mailServer.faultsFor.get(address.slice(address.lastIndexOf('@') + 1)),
    ...mailServer.faultsFor.get(address),
  });

  const take = async (
    stream: SMTPServerDataStream,
    { envelope, remotePort, secure }: SMTPServerSession,
    done: (error?: Error) => void,
  ): Promise<void> => {
    const to = envelope.rcptTo.map(({ address }) => address).join();
    const { readAfterMs = 0, answerAfterMs = 0, breakOff } = faultsOf(to);
    const breakOffNow = () => sockets.get(remotePort)?.destroy();
    if (breakOff === 'within') {
      breakOffNow();
      return;
    }
    mailServer.begun.add(to);
    await sleep(readAfterMs);
    const raw = await readAll(stream);
    mailServer.begun.delete(to);
    if (raw === undefined) return;
    mailServer.receiving.add(to);
    await sleep(answerAfterMs);
    mailServer.receiving.delete(to);
    const mail = { at: Date.now(), to, raw, secure };
    const error = refusal('DATA', to) ?? limitReached(to);
    if (error) {
      done(error);
      return;
    }
    if (breakOff || !sockets.has(remotePort)) {
      mailServer.unanswered.push({ ...mail, kept: breakOff !== 'thrown away' });
      breakOffNow();
      return;
    }
    mailServer.mails.push(mail);
    done();
  };

  const mailServer: MailServer = {
    url: '',
    faults: {},
    faultsFor: new Map(),
    mails: [],
    refusals: [],
    begun: new Set(),
    receiving: new Set(),
    refusedConnections: 0,
    unanswered: [],
    get logins() {
      return logins;
    },
    get open() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    async hangUp() {
      const closed = [...sockets.values()].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve).end()),
      );
      await Promise.all(closed);
    },
    async stop() {
      const stopped = new Promise<void>((resolve) => (server ? server.close(resolve) : resolve()));
      server = undefined;
      for (const socket of sockets.values()) socket.destroy();
      await stopped;
    },
    start: listen,
    get isUp() {
      return server !== undefined;
    },
  };
  await listen();
  mailServer.url = `${tls === 'from-start' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`;
  return mailServer;
}

/** @returns undefined when the connection ends before the mail does */
async function readAll(stream: SMTPServerDataStream): Promise<string | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of stream) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Quotes an address, as real servers do, so that tests can find where it is shown. */
function failure(status: number, words = 'no'): Error {
  const text = `secret-of-the-server says ${words} to nobody@example.com`;
  return Object.assign(new Error(text), { responseCode: status });
}
