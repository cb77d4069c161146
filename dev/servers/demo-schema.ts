export const DEMO_SCHEMA_ID = 'demo';

/**
 * The identity schema of the demo: an e-mail address that identifies the person, can be verified and recovered, and
 * the columns of the example file as traits.
 */
export const demoSchema = {
  $id: 'https://schemas.example.com/demo.schema.json',
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Person',
  type: 'object',
  properties: {
    traits: {
      type: 'object',
      properties: {
        email: {
          type: 'string',
          format: 'email',
          title: 'E-mail',
          'ory.sh/kratos': {
            credentials: {
              password: { identifier: true },
              code: { identifier: true, via: 'email' },
            },
            recovery: { via: 'email' },
            verification: { via: 'email' },
          },
        },
        first_name: { type: 'string', title: 'First name' },
        last_name: { type: 'string', title: 'Last name' },
        tenant_id: { type: 'string', title: 'Tenant' },
        role: { type: 'string', title: 'Role' },
      },
      required: ['email'],
      additionalProperties: false,
    },
  },
};
