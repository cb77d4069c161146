import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allowable } from '../../../src/contract/import/input.js';
import type { Change } from '../../../src/contract/import/outcomes.js';
import { permittedChanges, type UpdateLimits } from '../../../src/import/permitted-changes.js';
import { EVERYTHING, mapOf } from '../../support/candidates.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';

const kratos = (use: Record<string, unknown>) => ({ type: 'string', 'ory.sh/kratos': use });
const credentials = (use: Record<string, unknown>) => kratos({ credentials: use });

const SCHEMA = schemaOf({
  role: { type: 'string' },
  tenant_id: { type: 'string' },
  note: { type: 'string' },
  username: USERNAME_TRAIT,
  recovery: kratos({ recovery: { via: 'email' } }),
  verified: kratos({ verification: { via: 'sms' } }),
  phone: credentials({ code: { identifier: true, via: 'sms' } }),
  key: credentials({ webauthn: { identifier: true } }),
  app_name: credentials({ totp: { account_name: true } }),
  passkey_name: credentials({ passkey: { display_name: true } }),
  login: { ...USERNAME_TRAIT, format: 'email' },
  mails: { type: 'array', items: kratos({ verification: { via: 'email' } }) },
  names: { type: 'array', items: [USERNAME_TRAIT] },
  contact: {
    type: 'object',
    properties: { mail: kratos({ recovery: { via: 'email' } }), note: { type: 'string' } },
  },
  profile: { anyOf: [{ properties: { nick: USERNAME_TRAIT } }, { type: 'string' }] },
  others: { type: 'object', additionalProperties: kratos({ recovery: { via: 'email' } }) },
});

const LIMITS: UpdateLimits = {
  schema: SCHEMA,
  map: mapOf(['email', 'role', 'tenant_id'], {}, SCHEMA),
  roles: ['admin', 'user'],
  allow: [],
};

const with_ = (keys: Partial<UpdateLimits>) => permittedChanges({ ...LIMITS, ...keys });
const change = (path: string, before: unknown, after: unknown): Change => ({
  path,
  ...(before !== undefined && { before }),
  after,
});

const removal = (path: string, before: unknown): Change => ({ path, before, removed: true });

const [ACTIVATE, ADDRESS, IDENTIFIER] = [
  'activation_not_allowed',
  'address_change_not_allowed',
  'identifier_change_not_allowed',
];

const CHANGES: [what: string, codes: (string | undefined)[], ...changes: Change[]][] = [
  ['a role', [], change('/traits/role', 'user', 'admin')],
  ['a tenant', [], change('/traits/tenant_id', 't1', 't2')],
  ['metadata', [], change('/metadata_admin/note', undefined, 'x')],
  ['a role taken away', [], removal('/traits/role', 'user')],
  ['an identifier taken away', [IDENTIFIER], removal('/traits/username', 'ann')],
  ['an address taken away', [ADDRESS], removal('/traits/recovery', 'ann@example.com')],
  ['an external id taken away', [IDENTIFIER], removal('/external_id', 'e-1')],
  ['a block', [], change('/state', 'active', 'inactive')],
  ['the end of a block', [ACTIVATE], change('/state', 'inactive', 'active')],
  ['a state from nothing', [ACTIVATE], change('/state', undefined, 'active')],
  ['a user name', [IDENTIFIER], change('/traits/username', 'ann', 'ben')],
  ['a first user name', [IDENTIFIER], change('/traits/username', undefined, 'ben')],
  ['a user name’s case and blanks', [], change('/traits/username', 'Ann', ' aNN ')],
  ['a removed user name', [IDENTIFIER], change('/traits/username', 'ann', null)],
  ['a user name that is a number', [IDENTIFIER], change('/traits/username', '7', 7)],
  ['an external id', [IDENTIFIER], change('/external_id', 'a', 'b')],
  ['a first external id', [IDENTIFIER], change('/external_id', undefined, 'b')],
  ['a recovery address', [ADDRESS], change('/traits/recovery', 'a@x.org', 'b@x.org')],
  ['a first recovery address', [ADDRESS], change('/traits/recovery', undefined, 'b@x.org')],
  ['a recovery address’s case', [], change('/traits/recovery', 'A@x.org', 'a@X.org')],
  ['a verification address', [ADDRESS], change('/traits/verified', '+1', '+2')],
  ['a phone to sign in', [ADDRESS, IDENTIFIER], change('/traits/phone', '+1', '+2')],
  ['an email to sign in', [ADDRESS, IDENTIFIER], change('/traits/login', 'a@x.org', 'b@x.org')],
  ['a WebAuthn name', [IDENTIFIER], change('/traits/key', 'a', 'b')],
  ['an authenticator’s name', [IDENTIFIER], change('/traits/app_name', 'a', 'b')],
  ['a passkey’s name', [IDENTIFIER], change('/traits/passkey_name', 'a', 'b')],
  ['an entry of a list', [ADDRESS], change('/traits/mails', ['a@x.org'], ['b@x.org'])],
  ['an entry less', [ADDRESS], change('/traits/mails', ['a@x.org', 'b@x.org'], ['a@x.org'])],
  [
    'the order of a list',
    [],
    change('/traits/mails', ['a@x.org', 'B@x.org'], ['b@x.org', 'a@x.org']),
  ],
  ['an entry of a tuple', [IDENTIFIER], change('/traits/names', ['a'], ['b'])],
  [
    'an object with an address',
    [ADDRESS],
    change('/traits/contact', { mail: 'a@x.org' }, { mail: 'b@x.org', note: 'n' }),
  ],
  [
    'an object with the same address',
    [],
    change('/traits/contact', { mail: 'a@x.org' }, { mail: 'A@x.org', note: 'n' }),
  ],
  ['an object that loses it', [ADDRESS], change('/traits/contact', { mail: 'a@x.org' }, {})],
  [
    'an object in place of a text',
    [ADDRESS],
    change('/traits/contact', 'text', {}),
    change('/traits/contact/mail', undefined, 'b@x.org'),
  ],
  ['a name below anyOf', [IDENTIFIER], change('/traits/profile/nick', 'a', 'b')],
  ['any further property', [ADDRESS], change('/traits/others', { x: 'a@x.org' }, { y: 'b@x.org' })],
  [
    'all at once',
    [ACTIVATE, ADDRESS, IDENTIFIER],
    change('/traits/role', 'user', 'admin'),
    change('/external_id', 'a', 'b'),
    change('/state', 'inactive', 'active'),
    change('/traits/recovery', 'a@x.org', 'b@x.org'),
  ],
];

describe('a change of', () => {
  it.each(CHANGES)('%s needs %j', (_what, codes, ...changes) => {
    expect(with_({}).refusals(changes)).toEqual(codes);
    expect(with_({ allow: [...EVERYTHING] }).refusals(changes)).toEqual([]);
  });

  it('one kind is not allowed by another', () => {
    const codes = {
      activate: ACTIVATE,
      'change-address': ADDRESS,
      'change-identifier': IDENTIFIER,
    };
    const all = CHANGES.at(-1)!.slice(2) as Change[];
    for (const allow of EVERYTHING) {
      const left = Object.entries(codes).filter(([name]) => name !== allow);
      expect(with_({ allow: [allow] }).refusals(all)).toEqual(left.map(([, code]) => code));
    }
  });

  it('several kinds never needs less than each of them', () => {
    const some = fc.subarray(CHANGES);
    const allow = fc.subarray<Allowable>([...EVERYTHING]);
    fc.assert(
      fc.property(some, allow, (parts, allowed) => {
        const paths = parts.flatMap(([, , ...changes]) => changes.map(({ path }) => path));
        fc.pre(new Set(paths).size === paths.length);
        const { refusals } = with_({ allow: allowed });
        const each = parts.flatMap(([, , ...changes]) => refusals(changes));
        const together = refusals(parts.flatMap(([, , ...changes]) => changes));
        expect(new Set(together)).toEqual(new Set(each));
      }),
    );
  });
});

describe('an existing user', () => {
  const user = (tenant: unknown, schemaId = 'default', more: object = {}) => ({
    schemaId,
    fields: { traits: { email: 'a@x.org', tenant_id: tenant, ...more } },
  });

  it.each([
    ['of the schema, where no tenants are known', undefined, user('t9'), undefined],
    ['of another schema', undefined, user('t1', 'staff'), 'other_schema'],
    ['of another schema and tenant', ['t1'], user('t2', 'staff'), 'other_schema'],
    ['of a tenant of the import', ['t1', 't2'], user('t2'), undefined],
    ['of another tenant', ['t1'], user('t2'), 'other_tenant'],
    ['of the tenant in another case', ['t1'], user('T1'), 'other_tenant'],
    ['of a tenant that is no text', ['1'], user(1), 'other_tenant'],
    ['without a tenant', ['t1'], user(undefined), 'no_tenant'],
    ['with an empty tenant', ['t1'], user(''), 'no_tenant'],
  ])('%s', (_what, tenants, found, code) => {
    expect(with_(tenants ? { tenants } : {}).outside(found)).toBe(code);
  });

  it('is known by its tenant also where the file has no column for it', () => {
    const map = mapOf(['email', 'role'], {}, SCHEMA);
    const { outside } = with_({ map, tenants: ['t1'] });
    expect(outside(user('t2'))).toBe('other_tenant');
    expect(outside(user('t1'))).toBeUndefined();
  });

  it('is in reach only when every place that names a tenant does so', () => {
    const map = mapOf(['email', 'tenant_id'], { tenant_id: 'metadata_admin.org.id' }, SCHEMA);
    const { outside } = with_({ map, tenants: ['t1'] });
    const metadata_admin = { org: { id: 't1' } };
    const of = (tenant: unknown, metadata_public?: unknown) => {
      const { schemaId, fields } = user(tenant);
      return { schemaId, fields: { ...fields, metadata_admin, metadata_public } };
    };
    expect(outside(of(undefined))).toBeUndefined();
    expect(outside(of('t1', { tenant_id: 't1' }))).toBeUndefined();
    expect(outside(of('t2'))).toBe('other_tenant');
    expect(outside(of('t1', { tenant_id: 't2' }))).toBe('other_tenant');
  });
});

describe('what changes mean', () => {
  const role = (before: unknown, after: unknown) => change('/traits/role', before, after);

  it('nothing, for other values', () => {
    expect(with_({}).effectsOf([change('/traits/note', 'a', 'b')])).toBeUndefined();
  });

  it('each kind, and the roles before and after', () => {
    const changes = [
      role('user', 'admin'),
      change('/state', 'active', 'inactive'),
      change('/traits/phone', '+1', '+2'),
    ];
    expect(with_({}).effectsOf(changes)).toEqual({
      kinds: ['deactivated', 'address', 'identifier'],
      roles: [{ from: 'user', to: 'admin' }],
    });
  });

  it.each([undefined, null, ''])('from no role, when the old one was %j', (before) => {
    expect(with_({}).effectsOf([role(before, 'user')])?.roles).toEqual([
      { from: '(none)', to: 'user' },
    ]);
  });

  it.each(['Zq9 of the board', 7, { name: 'admin' }, ['admin'], true])(
    'from another role, without its name, when it is none of the import’s (%j)',
    (before) => {
      expect(with_({}).effectsOf([role(before, 'user')])?.roles).toEqual([
        { from: '(other)', to: 'user' },
      ]);
    },
  );

  it('a role is found wherever its column goes, and by its place alone', () => {
    const map = mapOf(['email', 'role', 'note'], { role: 'metadata_public.hr.role' }, SCHEMA);
    const changes = [change('/metadata_public/hr/role', 'user', 'admin'), role('user', 'admin')];
    expect(with_({ map }).effectsOf(changes)?.roles).toEqual([{ from: 'user', to: 'admin' }]);
  });
});
