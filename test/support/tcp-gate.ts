/** A TCP proxy that can be cut or get stuck, as a database that is down or hangs. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** The same URL, by way of the gate. */
  url(url: string): string;
  /** Ends every connection and takes no other. */
  cut(): Promise<void>;
  /** Takes connections, and lets nothing through. */
  stick(): void;
  /** As at first. */
  open(): Promise<void>;
  /** What a client may send last: it is passed on, and the connection ends in place of the answer. */
  cutAfter: (sent: string) => boolean;
  close(): Promise<void>;
}

export async function startTcpGate(target: string): Promise<TcpGate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isStuck = false;
  const gate: TcpGate = {
    cutAfter: () => false,
    url: (url) => {
      const through = new URL(url);
      through.host = `127.0.0.1:${own}`;
      return through.href;
    },
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    stick: () => {
      isStuck = true;
      for (const socket of sockets) socket.pause();
    },
    open: async () => {
      isStuck = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(own);
    },
    close: () => (server.listening ? gate.cut() : Promise.resolve()),
  };
  const server = createServer((client) => {
    const onward = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        // What was passed on before still arrives.
        to.end();
      });
      from.on('data', (data) => {
        const isLast = from === client && gate.cutAfter(data.toString('latin1'));
        to.write(data);
        if (isLast) client.destroy();
      });
      if (isStuck) from.pause();
    }
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return gate;
}
