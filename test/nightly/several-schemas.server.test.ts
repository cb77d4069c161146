import { randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKratos } from '../../src/kratos/ory-kratos.js';
import type { Kratos } from '../../src/kratos/kratos.js';
import type { RowOutcome } from '../../src/contract/import/outcomes.js';
import { csvCell } from '../../src/csv/write.js';
import { Chance } from '../support/chance.js';
import { attempt, outcomes } from '../support/chunk-attempts.js';
import { EMAIL_TRAIT, PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../support/identity-schemas.js';
import { PlannedRun, RUN } from '../support/planned-run.js';
import { SEED } from '../support/seed.js';
import { createWorld, type World } from '../support/world.js';

const FILES = 100;
const ROWS = 6;

const text = { type: 'string' };
const used = (use: object) => ({ ...text, format: 'email', 'ory.sh/kratos': use });

/** Addresses, user names and phones for different purposes, in all places that a schema has for them. */
const SCHEMAS = {
  default: schemaOf({
    username: USERNAME_TRAIT,
    phone: { ...PHONE_TRAIT, format: 'tel' },
    backup: used({ recovery: { via: 'email' } }),
  }).json,
  hidden: schemaOf({
    email: used({ verification: { via: 'email' } }),
    username: { allOf: [{ minLength: 2 }, USERNAME_TRAIT] },
    name: { type: 'object', properties: { nick: USERNAME_TRAIT }, additionalProperties: false },
  }).json,
  lists: schemaOf(
    {
      others: { type: 'array', items: EMAIL_TRAIT, uniqueItems: true },
      username: { anyOf: [USERNAME_TRAIT, { type: 'null' }] },
      kind: { ...text, enum: ['x', 'y'] },
    },
    {
      if: { properties: { kind: { const: 'x' } }, required: ['kind'] },
      then: { not: { required: ['username'] } },
    },
  ).json,
};
type SchemaId = keyof typeof SCHEMAS;

const COLUMNS: Record<SchemaId, Record<string, string>> = {
  default: { username: 'traits.username', phone: 'traits.phone', backup: 'traits.backup' },
  hidden: { username: 'traits.username', nick: 'traits.name.nick' },
  lists: { others: 'traits.others', username: 'traits.username', kind: 'traits.kind' },
};

const NAMES = 'ada|ADA|bob|\u00e9va|e\u0301va|\u0130|i|\u0131|ß|ss|ς|σ|ｂob|ﬁ|fi|ǅ|ǆ|ᾳ|K|k'.split(
  '|',
);
const ADDRESSES = NAMES.map((name) => `${name}@example.com`);
const PHONES = ['+4917667111638', '+49 176 671 11 638', '\uff0b49-176-67111638', '+16502530000'];
const CELLS: Record<string, (chance: Chance) => string> = {
  username: (chance) => chance.pick([...NAMES, ...ADDRESSES]),
  nick: (chance) => chance.pick(NAMES),
  phone: (chance) => chance.pick(PHONES),
  backup: (chance) => chance.pick(ADDRESSES),
  others: (chance) => JSON.stringify([chance.pick(ADDRESSES), chance.pick(ADDRESSES)]),
  kind: (chance) => chance.pick(['x', 'y']),
};

let world: World;
beforeAll(async () => void (world = await createWorld({ schemas: SCHEMAS })));
afterAll(() => world.close());

test('live dry runs and imports agree where users of several schemas share values', async () => {
  const kratos = createKratos({ adminUrl: world.kratos.adminUrl });
  const chance = new Chance(SEED);
  const seen = new Set<string>();
  for (let n = 0; n < FILES; n++) {
    const schemaId = chance.pick(Object.keys(SCHEMAS) as SchemaId[]);
    const content = fileFor(schemaId, chance);
    const mode = chance.pick(['skip', 'update'] as const);
    const allow = chance.onceIn(2) ? [] : ['change-address', 'change-identifier'];
    const input = { schemaId, columns: COLUMNS[schemaId], allow, onInvalid: 'import-valid' };
    const foreseen = await outcomesOf(kratos, content, { ...input, dryRun: 'live' }, mode);
    const done = await outcomesOf(kratos, content, input, mode);
    expect(foreseen, `${schemaId} ${mode}\n${content}`).toEqual(done);
    for (const outcome of done) seen.add(outcome.replace(/^\d+ /, ''));
    if (n % 10 === 9) await removeSome(kratos, chance);
  }
  for (const outcome of [
    'created',
    'skipped',
    'updated',
    'invalid',
    'failed identifier_conflict',
  ]) {
    expect(seen).toContain(outcome);
  }
}, 600_000);

function fileFor(schemaId: SchemaId, chance: Chance): string {
  const columns = Object.keys(COLUMNS[schemaId]);
  const row = () => [
    chance.pick(ADDRESSES),
    ...columns.map((name) => (chance.onceIn(2) ? '' : CELLS[name]!(chance))),
  ];
  const table = [['email', ...columns], ...Array.from({ length: ROWS }, row)];
  return table.map((cells) => `${cells.map((cell) => csvCell(cell)).join(',')}\n`).join('');
}

const REAL: Record<string, string> = {
  would_create: 'created',
  would_update: 'updated',
  would_skip: 'skipped',
};

async function outcomesOf(
  kratos: Kratos,
  content: string,
  input: Record<string, unknown>,
  mode: 'skip' | 'update',
): Promise<string[]> {
  const run = { ...RUN, runId: randomUUID() };
  const planned = await PlannedRun.of(content, { kratos, input, run });
  await attempt(planned, kratos, { mode, hash: (password) => bcrypt.hash(password, 4) });
  const inWords = ({ line, outcome, codes = [] }: RowOutcome) =>
    [line, REAL[outcome] ?? outcome, ...codes].join(' ');
  return (await outcomes(planned)).map(inWords);
}

/** So that there is room for others. */
async function removeSome(kratos: Kratos, chance: Chance): Promise<void> {
  const { users } = await kratos.listPage();
  for (const { id } of users) if (chance.onceIn(2)) await kratos.remove(id);
}
