import { connect } from 'node:net';

/** @param address a URL, or `host:port` */
export function listens(address: string): Promise<boolean> {
  const [host, port] = address.replace(/^\w+:\/\//, '').split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
