import { expect, it } from 'vitest';
import { pathPattern, startTracing } from '../../src/tracing.js';

it.each([
  ['/admin/identities', '/admin/identities'],
  ['/admin/identities?credentials_identifier=ann@example.com', '/admin/identities'],
  ['/admin/identities/6cb8', '/admin/identities/{}'],
  ['/admin/identities/by/external/ann@example.com', '/admin/identities/by/external/{}'],
  ['/tenants/ann/admin/recovery/link', '/{}/{}/admin/recovery/link'],
])('a span of a request to %s has the path %s', (path, pattern) => {
  expect(pathPattern(path)).toBe(pattern);
});

it('nothing is traced where no address says where traces go', async () => {
  expect(await startTracing()).toBeUndefined();
});
