import { expect, it } from 'vitest';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { personSchema } from '../../support/identity-schemas.js';

it('each of two role columns is checked, whichever comes last', () => {
  const mapped = mapColumns(
    ['email', 'role', 'second'],
    { second: 'metadata_public.role' },
    personSchema,
  );
  if (!mapped.ok) throw new Error(mapped.problem.message);
  const check = createRowCheck({ map: mapped.map, schema: personSchema, roles: ['user'] });
  const codes = (...cells: string[]) => check(cells).problems.map(({ code }) => code);
  expect(codes('a@example.com', 'superadmin', 'user')).toEqual(['invalid_role']);
  expect(codes('a@example.com', 'user', 'superadmin')).toEqual(['invalid_role']);
  expect(codes('a@example.com', 'user', 'user')).toEqual([]);
});
