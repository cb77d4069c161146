import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { servePages, type PageServer } from '../../../../../dev/servers/pages/serve.js';
import { freePort } from '../../../../../dev/servers/ports.js';

let pages: PageServer | undefined;
afterEach(() => pages?.stop());

async function statusOf(path: string, host = '127.0.0.1'): Promise<number | undefined> {
  const port = await freePort();
  pages = await servePages(port, [], ({ pathname }) => Promise.resolve({ body: pathname }));
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('error', reject).end();
  });
}

describe('the pages of the demo', () => {
  it.each(['/', '//', '///a', '/?//', '/%'])('answer %s', async (path) => {
    expect(await statusOf(path)).toBe(200);
  });

  it('are for a browser, not for a proxy', async () => {
    expect(await statusOf('http://')).toBe(421);
  });

  it.each(['localhost:4436', '127.0.0.1:1', '[::1]:80'])('are at %s', async (host) => {
    expect(await statusOf('/', host)).toBe(200);
  });

  it.each(['mails.example.com', '127.0.0.1.example.com', 'a b'])(
    'are not shown to a site that leads its own name here: %s',
    async (host) => {
      expect(await statusOf('/', host)).toBe(421);
    },
  );
});
