import { describe, expect, it } from 'vitest';
import { importDetails } from '../../../src/cli/static-details.js';
import { inputOf } from '../../support/planned-run.js';

describe('the details of an import in Temporal’s UI', () => {
  it('say what it will do, and each setting in words', () => {
    const details = importDetails(inputOf({ mode: 'update', canaryRows: 20 }));
    expect(details).toMatch(/^Validates the whole file, creates .* and changes those that differ/);
    expect(details).toContain('- Existing users: Are changed where the file differs (update)\n');
    expect(details).toContain('- Canary rows: The first 20 rows are imported first');
  });

  it('say what becomes of those who are missing', () => {
    const missing = { do: 'deactivate', scope: 'hr' } as const;
    const details = importDetails(inputOf({ mode: 'update', missing }));
    expect(details).toContain('differ, blocks those of its source who are missing from it, then');
  });

  it('say of a dry run that nobody is created or changed', () => {
    expect(importDetails(inputOf({ dryRun: 'live' }))).toContain('Nobody is created or changed.');
    expect(importDetails(inputOf({ dryRun: 'file' }))).toMatch(/^Validates the file; Kratos is/);
  });

  it('are short enough for Temporal, whatever the settings', () => {
    const many = Array.from({ length: 500 }, (_, i) => `${'"ü"'.repeat(60)}${i}`);
    const all = <T>(value: T) => Object.fromEntries(many.map((name) => [name, value]));
    const details = importDetails({
      ...inputOf(),
      ...{ columns: all('ignore'), values: all({ x: many[0]! }), defaults: all(many[0]!) },
      ...{ roles: many, tenants: many, csv: { nothing: many, headerNames: many } },
    });
    expect(Buffer.byteLength(JSON.stringify(details))).toBeLessThan(20_000);
    expect(details).toContain('490 more');
  });

  it('lead nowhere under another name', () => {
    const details = importDetails(inputOf({ defaults: { role: '[x](https://evil.test)' } }));
    expect(details).not.toContain('](');
  });
});
