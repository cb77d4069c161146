import { describe, expect, it } from 'vitest';
import { demoSchema } from '../../../dev/servers/demo-schema.js';
import type { IdentitySchema } from '../../../src/identity/schema.js';
import { makeTemplate } from '../../../src/validation/template.js';
import {
  EMAIL_TRAIT,
  personSchema,
  schemaOf,
  USERNAME_TRAIT,
} from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const LISTS = { roles: ['admin', 'user', 'support'], tenants: ['acme', 'zeta'] };

/** The template of a schema, and what an import makes of it. */
async function planned(schema: IdentitySchema) {
  const template = makeTemplate(schema, LISTS);
  const { columns } = template;
  const kratos = new KratosInMemory({ schemas: [schema] });
  const { findings } = await PlannedRun.of(template.csv, { ...LISTS, kratos, input: { columns } });
  return { ...template, findings };
}

describe('the template of a schema', () => {
  it.each([
    ['every default column', personSchema],
    ['the demo’s', { id: 'demo', json: demoSchema }],
  ])('of %s needs no mapping', async (_what, schema) => {
    const { csv, columns, missing, findings } = await planned(schema);
    expect(csv).toBe(
      `email,first_name,last_name,role,tenant_id,initial_password
ada@example.com,Ada,Byron,user,acme,
`,
    );
    expect([columns, missing]).toEqual([{}, []]);
    expect(findings).toMatchObject({ rows: 1, invalid: 0, warnings: [] });
  });

  it('has a column for each of its traits, with the mapping of those that have no default', async () => {
    const schema = schemaOf(
      {
        name: {
          type: 'object',
          properties: { first: { type: 'string', minLength: 10 }, last: { type: 'string' } },
          required: ['first'],
        },
        boss: { type: 'object', properties: { last: { type: 'string' } } },
        phone: { type: 'string', format: 'tel' },
        consent: { type: 'boolean' },
        level: { type: 'integer', exclusiveMinimum: 4, multipleOf: 5 },
        plan: { enum: ['free', 'paid'] },
        tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
        role: { type: 'string', enum: ['guest', 'support'] },
        code: { type: 'string', examples: ['A,"1"'], pattern: '^A' },
        state: { type: 'string' },
      },
      { required: ['email', 'name', 'consent', 'level', 'plan', 'tags'] },
    );
    const { csv, columns, missing, findings } = await planned(schema);
    expect(csv).toBe(
      `email,role,first,last,boss_last,phone,consent,level,plan,tags,code,trait_state,initial_password
ada@example.com,support,Adaaaaaaaa,Byron,Byron,+12025550123,true,5,free,"[""example""]","A,""1""",example,
`,
    );
    expect(columns).toMatchObject({
      first: 'traits.name.first',
      boss_last: 'traits.boss.last',
      trait_state: 'traits.state',
    });
    expect(Object.keys(columns)).toHaveLength(10);
    expect([missing, findings.invalid]).toEqual([[], 0]);
  });

  it('has the address where the schema has it', async () => {
    const contact = { type: 'object', properties: { mail: EMAIL_TRAIT } };
    const json = {
      type: 'object',
      properties: { traits: { type: 'object', properties: { contact, username: USERNAME_TRAIT } } },
    };
    const { csv, columns, findings } = await planned({ id: 'default', json });
    expect(csv).toBe('email,username,initial_password\nada@example.com,ada,\n');
    expect(columns).toEqual({ email: 'traits.contact.mail', username: 'traits.username' });
    expect(findings.invalid).toBe(0);
  });

  it('says what it has no example for, and leaves out what need not be there', () => {
    const pattern = { type: 'string', pattern: '^[0-9]{8}[A-Z]$' };
    const schema = schemaOf({ tax: pattern, card: pattern }, { required: ['email', 'tax'] });
    const { csv, missing } = makeTemplate(schema, LISTS);
    expect(csv).toBe('email,tax,card,initial_password\nada@example.com,,,\n');
    expect(missing).toEqual([expect.stringMatching(/^traits\.tax must match .*\{8\}/)]);
  });

  it('needs a trait for the address', () => {
    const json = { properties: { traits: { type: 'object', properties: { name: {} } } } };
    expect(() => makeTemplate({ id: 'x', json }, LISTS)).toThrow('has no trait for the address');
  });
});
