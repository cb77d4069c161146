import { describe, expect, it } from 'vitest';
import { renderWrongValues } from '../../../src/cli/render-values.js';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { ClosedValues } from '../../../src/validation/closed-values.js';
import { schemaOf } from '../../support/identity-schemas.js';

const schema = schemaOf({
  role: { type: 'string', enum: ['admin', 'user', 'guest'] },
  tenant_id: { type: 'string' },
  level: { type: 'integer', enum: [1, 2] },
  active: { type: 'boolean' },
  name: { type: 'string' },
});

/** What is told of a column whose cells are these, the other columns empty. */
function told(name: string, cells: string[], tenants?: string[]): string[] {
  return closedValues(name, cells, tenants).wrong().flatMap(renderWrongValues);
}

function closedValues(name: string, cells: string[], tenants?: string[]): ClosedValues {
  const columns = { level: 'traits.level', active: 'traits.active', name: 'traits.name' };
  const names = ['email', 'role', 'tenant_id', 'state', 'level', 'active', 'name'];
  const values = { role: { boss: 'admin', chief: 'king' } };
  const mapped = mapColumns(names, columns, schema, { values });
  if (!mapped.ok) throw new Error(mapped.problem.message);
  const roles = ['admin', 'user', 'support'];
  const empty = { nothing: ['NULL'], clear: '(clear)' };
  const closed = new ClosedValues({
    map: mapped.map,
    schema,
    roles,
    ...empty,
    ...(tenants && { tenants }),
  });
  for (const cell of cells) closed.add(names.map((each) => (each === name ? cell : '')));
  return closed;
}

describe('values that are not allowed', () => {
  it('are counted, the most frequent first, with what they most likely mean', () => {
    expect(told('role', ['Usr', 'ADMIN', 'ADMIN ', 'root', 'admin', '', ' user'])).toEqual([
      'column "role" holds what is not allowed: "ADMIN" 2 rows, "Usr" 1 row, "root" 1 row. Allowed: admin, user.',
      '  if these are meant: "values": {"role":{"ADMIN":"admin","Usr":"user"}}',
      '  if others are meant: "values": {"role":{"root":"<text>"}}',
      '  if the column holds something else: "columns": {"role":"metadata_public.role"}',
    ]);
  });

  it('are none of the cells that give no value', () => {
    expect(told('role', ['NULL', ' NULL', '(clear)', ''])).toEqual([]);
  });

  it('are those after the input’s own values', () => {
    expect(told('role', ['boss', 'chief'])[0]).toContain('not allowed: "king" 1 row.');
  });

  it('are looked for where a tenant, a state, an enum or a boolean is wanted', () => {
    expect(told('tenant_id', ['T1', 't1'], ['t1'])[1]).toContain('{"T1":"t1"}');
    expect(told('tenant_id', ['T1', 't1'])).toEqual([]);
    expect(told('state', ['CA', 'active'])[0]).toContain('"CA" 1 row. Allowed: active, inactive.');
    expect(told('level', ['3', '2', '1.0'])[0]).toContain('"3" 1 row. Allowed: 1, 2.');
    expect(told('active', ['ja', 'Yes', '0'])[0]).toContain('"ja" 1 row. Allowed: true, false.');
    expect(told('name', ['x'])).toEqual([]);
  });

  it('are bounded, however many there are and however long', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `no role ${i}`);
    const [line] = told('role', [...many, 'x'.repeat(5000)]);
    expect(line).toContain('980 or more further values. Allowed');
    expect(line!.length).toBeLessThan(1000);
    expect(told('role', ['x'.repeat(5000), 'no'])[0]).toContain('"no" 1 row, further values.');
  });

  it('are told to reports by what was most likely meant, without what stands in the cells', () => {
    const cells = ['Adminn', 'Adminn', 'ADMIN', 'usr', 'ann@example.com', 'Berger', 'admin', ''];
    expect(closedValues('role', cells).wrongColumns()).toEqual([
      {
        column: 'role',
        meant: [
          { value: 'admin', rows: 3, spellings: 2 },
          { value: 'user', rows: 1, spellings: 1 },
        ],
        ...{ unlike: 2, isMore: false },
      },
    ]);
    const many = Array.from({ length: 3000 }, (_, i) => `no role ${i}`);
    expect(closedValues('role', many).wrongColumns()).toEqual([
      { column: 'role', meant: [], unlike: 1000, isMore: true },
    ]);
    expect(closedValues('role', ['admin']).wrongColumns()).toEqual([]);
  });
});
