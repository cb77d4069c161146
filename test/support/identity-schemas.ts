/** Identity schemas as Kratos serves them, made of the traits that a test is about. */
import type { IdentitySchema } from '../../src/identity/schema.js';

type Json = Record<string, unknown>;

/** An address that people sign in with and get mail at. */
export const EMAIL_TRAIT: Json = {
  type: 'string',
  format: 'email',
  'ory.sh/kratos': {
    credentials: { password: { identifier: true } },
    verification: { via: 'email' },
    recovery: { via: 'email' },
  },
};

/** A name that people sign in with, unique as the address is. */
export const USERNAME_TRAIT: Json = {
  type: 'string',
  'ory.sh/kratos': { credentials: { password: { identifier: true } } },
};

/** A phone number that people sign in with by a code. */
export const PHONE_TRAIT: Json = {
  type: 'string',
  'ory.sh/kratos': { credentials: { code: { identifier: true, via: 'sms' } } },
};

/**
 * @param traits the traits beside `email`
 * @param rules more keywords of the traits object, for example `required`
 * @param root more keywords of the schema itself, for example `$schema`
 */
export function schemaOf(traits: Json, rules: Json = {}, root: Json = {}): IdentitySchema {
  return {
    id: 'default',
    json: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        traits: {
          type: 'object',
          properties: { email: EMAIL_TRAIT, ...traits },
          required: ['email'],
          additionalProperties: false,
          ...rules,
        },
      },
      ...root,
    },
  };
}

/** A trait for each default column. */
export const personSchema = schemaOf({
  first_name: { type: 'string' },
  last_name: { type: 'string' },
  role: { type: 'string' },
  tenant_id: { type: 'string' },
});
