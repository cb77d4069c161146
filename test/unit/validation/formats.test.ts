import { describe, expect, it } from 'vitest';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { planFixture } from '../../support/fixtures.js';
import { schemaOf } from '../../support/identity-schemas.js';

const of = (format: string) => ({ type: 'string', format });

describe('a file with dates, addresses of hosts and URIs', () => {
  it('has each row refused that Kratos would refuse, and no other', async () => {
    const schema = schemaOf({
      joined: of('date-time'),
      birthdate: of('date'),
      clock: of('time'),
      site: of('uri'),
      host: of('hostname'),
      ip: of('ipv4'),
      ip2: of('ip-address'),
    });
    const kratos = new KratosInMemory({ schemas: [schema] });
    const names = ['joined', 'birthdate', 'clock', 'site', 'host', 'ip', 'ip2'];
    const columns = Object.fromEntries(names.map((name) => [name, `traits.${name}`]));
    const run = await planFixture('cases/12-dates/timestamps', { kratos, input: { columns } });
    const { rows, codes } = run.findings;
    expect(rows).toBe(19);
    // Taken are, for example, a fraction and +00:00 (line 7), a blank and an umlaut in URIs (12, 13).
    const lines = [3, 4, 5, 6, 8, 9, 10, 11, 14, 16, 18, 19, 20];
    expect(codes).toEqual({ schema_violation: { count: lines.length, lines } });
    const reasons = (await run.rejected()).map(({ reason }) => reason);
    expect(new Set(reasons)).toContain('the trait joined must match format "date-time"');
  });
});
