import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findObstacle, tlsProblem } from '../../src/temporal-obstacle.js';
import { freePort } from '../../dev/servers/ports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';

/** With a certificate of its own; that it speaks SMTP inside is not looked at. */
let withTls: MailServer;
/** Closes each connection at its first byte, as a server of gRPC does that gets what is none. */
let withoutTls: Server;
let plain: string;

beforeAll(async () => {
  withTls = await startMailServer({ tls: 'from-start' });
  withoutTls = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.destroy());
  });
  await new Promise<void>((resolve) => withoutTls.listen(0, '127.0.0.1', resolve));
  plain = `127.0.0.1:${(withoutTls.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await withTls.stop();
  withoutTls.close();
});

const tlsAddress = () => new URL(withTls.url).host;

describe('what is in the way to Temporal', () => {
  it('is that nobody listens', async () => {
    expect(await findObstacle(`127.0.0.1:${await freePort()}`, undefined)).toEqual({
      kind: 'away',
      text: 'nobody listens there (ECONNREFUSED)',
    });
  });

  it.each(['temporal:99999', ':7233', 'my temporal:7233'])(
    'is an address that is none: %j',
    async (address) => {
      expect(await findObstacle(address, undefined)).toEqual({
        kind: 'setting',
        text: 'this is no address: set TEMPORAL_ADDRESS to host:port',
      });
    },
  );

  it('is that TLS is expected, and none set', async () => {
    expect(await findObstacle(tlsAddress(), undefined)).toMatchObject({
      kind: 'setting',
      text: expect.stringContaining('set TEMPORAL_TLS=true') as string,
    });
  });

  it('is a certificate that nobody vouches for', async () => {
    expect(await findObstacle(`https://${tlsAddress()}`, {})).toMatchObject({
      kind: 'setting',
      text: expect.stringMatching(/^its certificate (has expired|is not trusted)/) as string,
    });
  });

  it('is that TLS is set, and none spoken', async () => {
    expect(await findObstacle(plain, {})).toMatchObject({
      kind: 'setting',
      text: expect.stringContaining('does not speak TLS') as string,
    });
  });

  it('is a file that is no certificate', async () => {
    expect(await findObstacle(plain, { ca: 'none', cert: 'none', key: 'none' })).toMatchObject({
      kind: 'setting',
      text: expect.stringContaining('cannot be used') as string,
    });
  });

  it('is something else that listens', async () => {
    expect(await findObstacle(plain, undefined)).toMatchObject({
      kind: 'away',
      text: expect.stringContaining('does not answer as Temporal') as string,
    });
  });
});

describe('a failed handshake', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TEMPORAL_TLS_SERVER_NAME'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TEMPORAL_TLS_CLIENT_CERT_PATH'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'cannot be used'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
    ['ECONNRESET', 'does not speak TLS'],
  ])('of %s names what to set', (code, said) => {
    expect(tlsProblem(code)).toContain(said);
  });
});
