import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uniqueReader } from '../../../src/identity/identifiers.js';
import type { JsonObject } from '../../../src/identity/json-pointer.js';
import { toE164 } from '../../../src/identity/phone.js';
import { createKratos } from '../../../src/kratos/ory-kratos.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { createWorld, type World } from '../../support/world.js';

const usedFor = (use: Record<string, unknown>) => ({ type: 'string', 'ory.sh/kratos': use });

/** A trait of each kind of which no two users may have the same. */
const schema = schemaOf(
  {
    email: usedFor({ verification: { via: 'email' } }),
    username: USERNAME_TRAIT,
    name: usedFor({ credentials: { webauthn: { identifier: true } } }),
    code: usedFor({ credentials: { code: { identifier: true, via: 'email' } } }),
    phone: PHONE_TRAIT,
    number: { ...USERNAME_TRAIT, type: 'integer' },
    backup: usedFor({ recovery: { via: 'email' } }),
    mobile: { ...usedFor({ verification: { via: 'sms' } }), format: 'no-validate' },
    aliases: { type: 'array', items: USERNAME_TRAIT },
  },
  { required: [] },
);
const uniqueOf = uniqueReader(schema);

let world: World;
beforeAll(async () => void (world = await createWorld({ schemas: { default: schema.json } })));
afterAll(() => world.close());

async function create(traits: JsonObject): Promise<{ status: number; id: string }> {
  const response = await fetch(`${world.kratos.adminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema_id: 'default', traits }),
  });
  const { id } = (await response.json()) as { id: string };
  return { status: response.status, id };
}

/** Two users, in the order in which they are created. */
const PAIRS: [a: JsonObject, b: JsonObject][] = [
  [{ username: 'Ann' }, { username: ' aNN\u0085' }],
  [{ username: '\u0130nci' }, { username: 'inci' }],
  [{ username: '\u03a3\u03a3' }, { username: '\u03c3\u03c3' }],
  [{ username: '\u03a3a\u03a3' }, { username: '\u03c3a\u03c2' }],
  [{ username: 'zo\u00e9' }, { username: 'zoe\u0301' }],
  [{ username: 'bob' }, { username: 'bo\u200bb' }],
  [{ username: '+49 170 2345601' }, { username: '+491702345601' }],
  [{ username: '\uff21da' }, { username: 'Ada' }],
  [{ name: 'Key' }, { name: 'KEY ' }],
  [{ name: 'one' }, { username: 'one' }],
  [{ code: 'One@example.com' }, { code: ' one@EXAMPLE.com' }],
  [{ code: 'No-Address' }, { code: 'no-address' }],
  [{ code: 'two@example.com' }, { username: 'two@example.com' }],
  [{ phone: '+491702345602' }, { phone: '+49 (0)170 234-5602' }],
  [{ phone: '+14155552603' }, { phone: 'tel:+1-415-555-2603' }],
  [{ phone: '+14155552604' }, { username: '+14155552604' }],
  [{ phone: '+14155552605' }, { code: '+14155552605' }],
  [{ number: 7 }, { username: '7' }],
  [{ backup: 'Back@example.com' }, { backup: 'back@example.com' }],
  [{ backup: 'b2@example.com' }, { username: 'b2@example.com' }],
  [{ email: 'e1@example.com' }, { backup: 'e1@example.com' }],
  [{ email: 'E2@example.com' }, { email: 'e2@example.com' }],
  [{ mobile: '+49 170 2345606' }, { mobile: '+491702345606' }],
  [{ mobile: '+49 170 2345607' }, { mobile: '+49 170 2345607' }],
  [{ aliases: ['x1', 'X2'] }, { username: 'x2' }],
  [{ aliases: ['x3'] }, { aliases: ['x4', 'X3 '] }],
];

describe('Kratos', () => {
  test.each(PAIRS)('holds %j and %j for one exactly where we do', async (a, b) => {
    const [ofA, ofB] = [uniqueOf({ traits: a }), uniqueOf({ traits: b })];
    const isShared = ofA.some(({ index, form }) =>
      ofB.some((other) => other.index === index && other.form === form),
    );
    const first = await create(a);
    expect(first.status).toBe(201);
    const kratos = createKratos({ adminUrl: world.kratos.adminUrl });
    for (const { form, foundBy } of ofA) {
      const found = await kratos.findByIdentifier(form);
      expect(found?.id === first.id, form).toBe(foundBy === 'identifier');
    }
    expect((await create(b)).status).toBe(isShared ? 409 : 201);
  });

  test.each([
    ['+4930901820', true],
    ['+49 (30) 901-821', true],
    ['+1 415 555 2671 ext. 5', true],
    ['+390612345678', true],
    ['tel:30-901822;phone-context=+49', true],
    ['0170 2345680', false],
    ['00491702345681', false],
    ['4155552673', false],
    ['n/a', false],
    ['+49', false],
    ['+1 555 0100', false],
    ['+99912345678', false],
    ['+4917023456789012', false],
    ['ann+491702345678@example.com', false],
  ])('takes %s for a phone number: %s', async (phone, isTaken) => {
    expect(toE164(phone) !== undefined).toBe(isTaken);
    expect((await create({ phone })).status).toBe(isTaken ? 201 : 400);
  });
});
