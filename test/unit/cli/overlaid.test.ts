import { describe, expect, it } from 'vitest';
import { overlaid } from '../../../src/cli/overlaid.js';
import { forRejects } from '../../../src/cli/retry.js';
import type { ImportInput } from '../../../src/contract/import/input.js';
import { inputOf } from '../../support/planned-run.js';

describe('what a retry changes of the settings of its import', () => {
  const settings = inputOf({
    mode: 'update',
    csv: { nothing: ['NULL'], shortRows: 'as-empty' },
    columns: { Mail: 'traits.email', dept: 'metadata_public.dept' },
    values: { Role: { administrator: 'admin', boss: 'admin' } },
    defaults: { tenant_id: 't1' },
    invitations: { send: 'hold', perMinute: 10 },
    missing: { do: 'deactivate', scope: 'hr', atMost: 0.1 },
  });

  it('is nothing without options', () => {
    expect(overlaid(settings, {})).toEqual(settings);
  });

  it('leaves all that the options do not name', () => {
    const over = {
      csv: { clear: '(clear)' },
      columns: { DEPT: 'ignore' },
      values: { role: { boss: 'user' }, state: { x: 'inactive' } },
      defaults: { role: 'user' },
      invitations: { perMinute: 20 },
      missing: { atMost: 0.2 },
    };
    expect(overlaid(settings, over)).toEqual({
      ...settings,
      csv: { ...settings.csv, clear: '(clear)' },
      columns: { Mail: 'traits.email', DEPT: 'ignore' },
      values: { role: { administrator: 'admin', boss: 'user' }, state: { x: 'inactive' } },
      defaults: { tenant_id: 't1', role: 'user' },
      invitations: { ...settings.invitations, perMinute: 20 },
      missing: { do: 'deactivate', scope: 'hr', atMost: 0.2 },
    });
  });

  it('is not what was true of the text of the first file alone', () => {
    const csv = { encoding: 'latin-1', separator: 'tab', linesBeforeHeader: 2 } as const;
    const mapping = { csv: { ...csv, headerNames: ['email'], nothing: ['-'] } };
    expect(forRejects(mapping)).toEqual({ csv: { nothing: ['-'] } });
    expect(forRejects({ mode: 'update' as const })).toEqual({ mode: 'update' });
    const canary = { canaryRows: 5, canarySignIns: 'known.json' };
    expect(forRejects(canary)).toEqual({ canaryRows: 5 });
  });

  it('keeps its source, of which nobody is missing from the rejected rows', () => {
    const { missing, adopt, newest, ...others } = forRejects({
      ...settings,
      adopt: true,
      newest: true,
    }) as Partial<ImportInput>;
    expect(missing).toEqual({ do: 'nothing', scope: 'hr', atMost: 0.1 });
    expect({ adopt, newest }).toEqual({ adopt: undefined, newest: undefined });
    expect(others).toMatchObject({ mode: 'update', defaults: { tenant_id: 't1' } });
  });
});
