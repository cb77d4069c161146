import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { requireListening, requireLoopback } from '../../../../dev/servers/loopback.js';

test('a Kratos elsewhere is refused', () => {
  for (const url of [
    'https://ory.example.com',
    'http://10.0.0.1:4434',
    'http://127.0.0.1.example.com',
    'x',
  ]) {
    expect(() => requireLoopback('KRATOS_ADMIN_URL', url), url).toThrow(
      /is not an address of this machine/,
    );
  }
  for (const url of ['http://127.0.0.1:4434', 'http://localhost:4434/', 'http://[::1]:4434']) {
    expect(() => requireLoopback('KRATOS_ADMIN_URL', url), url).not.toThrow();
  }
});

test('a server that has ended is refused, as settings of an earlier demo name it', async () => {
  const server = createServer((socket) => socket.end());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await requireListening('TEMPORAL_ADDRESS', address);
  await requireListening('KRATOS_ADMIN_URL', `http://${address}/`);
  await new Promise((resolve) => server.close(resolve));
  await expect(requireListening('TEMPORAL_ADDRESS', address)).rejects.toThrow(
    `Nobody listens at TEMPORAL_ADDRESS=${address}. `,
  );
  await expect(requireListening('SMTP_URL', `smtp://ada:secret@${address}`)).rejects.not.toThrow(
    'secret',
  );
});
