import { describe, expect, it } from 'vitest';
import { MOST_DISTINCT } from '../../../src/contract/findings.js';
import { describeTenants } from '../../../src/progress/plan-texts.js';
import { TenantTally } from '../../../src/validation/tenant-tally.js';
import { PlannedRun } from '../../support/planned-run.js';

const FILE = `email,tenant_id
a@example.com,acme
b@example.com,globex
c@example.com,acme
d@example.com,
e@example.com,nobody's
`;

async function tenantsOf(tenants: string[] | undefined, file = FILE) {
  const run = await PlannedRun.of(file, { tenants, input: { onInvalid: 'import-valid' } });
  return run.findings.tenants;
}

describe('the tenants of a file', () => {
  it('are counted with their names where the worker knows them, of valid rows alone', async () => {
    expect(await tenantsOf(['acme', 'globex', 'initech'])).toEqual({
      distinct: 2,
      rows: { acme: 2, globex: 1, '(none)': 1 },
    });
  });

  it('are only counted where it does not: the column may hold anything', async () => {
    const tenants = (await tenantsOf(undefined))!;
    expect(tenants).toEqual({ distinct: 3 });
    expect(describeTenants(tenants)).toBe(
      '3 tenants, which the worker does not know (TENANTS), so that no name is shown',
    );
  });

  it('are no part of the plan of a file that has none', async () => {
    expect(await tenantsOf(['acme'], 'email\na@example.com\n')).toBeUndefined();
  });

  it('fill neither the memory nor the history', () => {
    const unknown = new TenantTally(false);
    for (let i = 0; i < MOST_DISTINCT + 5; i++) unknown.add(`tenant ${i}`);
    expect(describeTenants(unknown.result())).toMatch(/^at least 10,000 tenants, /);

    const known = new TenantTally(true);
    for (let i = 0; i < 500; i++) for (let row = 0; row <= i; row++) known.add(`tenant ${i}`);
    const result = known.result();
    expect(Object.keys(result.rows!)).toHaveLength(100);
    expect(describeTenants(result, 2)).toBe(
      'users by tenant: tenant 499 500, tenant 498 499, and 498 more',
    );
  });
});
