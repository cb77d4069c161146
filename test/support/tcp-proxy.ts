/** A TCP proxy that can be cut or hang, as a database that is down or hangs. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  /** The same URL, by way of the proxy. */
  url(url: string): string;
  /** Ends every connection and accepts no other. */
  cut(): Promise<void>;
  /** Accepts connections, and passes nothing on. */
  hang(): void;
  /** Passes everything on again. */
  open(): Promise<void>;
  /** Whether these bytes of a client are its last: they are passed on, and the connection ends before the answer. */
  cutAfter: (sent: string) => boolean;
  close(): Promise<void>;
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let hangs = false;
  const proxy: TcpProxy = {
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
    hang: () => {
      hangs = true;
      for (const socket of sockets) socket.pause();
    },
    open: async () => {
      hangs = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(own);
    },
    close: () => (server.listening ? proxy.cut() : Promise.resolve()),
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
        // The bytes that were passed on before still arrive.
        to.end();
      });
      from.on('data', (data) => {
        const isLast = from === client && proxy.cutAfter(data.toString('latin1'));
        to.write(data);
        if (isLast) client.destroy();
      });
      if (hangs) from.pause();
    }
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return proxy;
}
