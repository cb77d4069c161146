import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { despiteTakenPorts, freePort } from '../../../../dev/servers/ports.js';

async function occupied(): Promise<number> {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return port;
}

it('takes another port than the preferred one when that is taken', async () => {
  const port = await occupied();
  expect(await freePort(port)).not.toBe(port);
});

it('starts a server again whose port another process took in between, and gives up in the end', async () => {
  const taken = await occupied();
  const start = vi.fn(async (port: number) => {
    const server = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return port;
  });
  const ports = [taken, await freePort()];
  expect(await despiteTakenPorts(() => start(ports.shift()!))).not.toBe(taken);
  await expect(despiteTakenPorts(() => start(taken))).rejects.toThrow('EADDRINUSE');
  expect(start).toHaveBeenCalledTimes(5);
});

it('starts a server once that fails for another reason', async () => {
  const start = vi.fn(() => Promise.reject(new Error('no such binary')));
  await expect(despiteTakenPorts(start)).rejects.toThrow('no such binary');
  expect(start).toHaveBeenCalledTimes(1);
});
