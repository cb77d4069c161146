import { expect, test } from 'vitest';
import { requireLoopback } from '../../../../dev/servers/loopback.js';

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
