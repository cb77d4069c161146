/** The small files of kinds that went wrong for others, on a real Kratos: each import makes exactly the users meant. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allIdentities } from '../support/identities.js';
import { imports, type Imports } from '../support/imports.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
});
afterAll(() => world.close());

const auth0 = {
  user_id: 'metadata_admin.id',
  given_name: 'traits.first_name',
  family_name: 'traits.last_name',
};
const entra = {
  'Name [displayName] Required': 'traits.first_name',
  'User name [userPrincipalName] Required': 'traits.email',
  'Initial password [passwordProfile] Required': 'password',
};
const hint = {
  'Email (e.g. jane@example.org)': 'traits.email',
  'First name': 'traits.first_name',
};

test.each<[file: string, input: Record<string, unknown>, users: Record<string, string>]>([
  [
    '01-auth0-export/input.csv',
    { columns: auth0, csv: { leadingApostrophes: 'remove' } },
    {
      'ada.auth0@example.org': 'Ada Byron',
      'ben.auth0@example.org': 'Ben "Bo" O\'Hara',
      'cia.auth0@example.org': 'Cía de la Cruz',
    },
  ],
  [
    '02-semicolons/input.csv',
    {},
    { 'anke.semi@example.org': 'Anke Müller', 'bert.semi@example.org': 'Bert Schmidt; Dr.' },
  ],
  ['02-semicolons/pipes.csv', {}, { 'anke.pipe@example.org': 'Anke Müller' }],
  ['02-semicolons/tabs.csv', {}, { 'anke.tab@example.org': 'Anke Müller' }],
  [
    '03-line-before-header/entra-version.csv',
    { columns: entra, csv: { linesBeforeHeader: 1 } },
    { 'emil.entra@example.org': 'Emil Ash undefined' },
  ],
  [
    '03-line-before-header/hint-in-header.csv',
    { columns: hint },
    { 'gil.hint@example.org': 'Gil undefined' },
  ],
  ['03-line-before-header/powershell-type.csv', {}, { 'dora.ps@example.org': 'Dora Fox' }],
  ['03-line-before-header/sep-comma.csv', {}, { 'cora.sepc@example.org': 'Cora undefined' }],
  ['03-line-before-header/sep-semicolon.csv', {}, { 'cora.sep@example.org': 'Cora undefined' }],
  ['04-encodings/bom-quoted-header.csv', {}, { 'jon.bom@example.org': 'Jón undefined' }],
  [
    '04-encodings/bom-in-middle.csv',
    {},
    { 'kai.bom@example.org': 'Kai undefined', 'lea.bom@example.org': 'Lea undefined' },
  ],
  [
    '04-encodings/latin1.csv',
    { csv: { encoding: 'latin-1' } },
    { 'ida.l1@example.org': 'Zoë undefined' },
  ],
  [
    '04-encodings/utf16le-no-bom.csv',
    { csv: { encoding: 'utf-16le' } },
    { 'hal.u16n@example.org': 'Hal undefined' },
  ],
  ['04-encodings/utf16le-tabs.csv', {}, { 'hal.u16@example.org': 'Hål undefined' }],
  [
    '06-blank-rows/input.csv',
    {},
    { 'vic.blank@example.org': 'Vic Oak', 'wes.blank@example.org': 'Wes Ash' },
  ],
  ['06-blank-rows/whitespace-line.csv', {}, { 'xia.blank@example.org': 'Xia Oak' }],
  [
    '07-row-width/short.csv',
    { csv: { shortRows: 'as-empty' } },
    {
      'abe.short@example.org': 'Abe Oak',
      'bea.short@example.org': 'Bea Ash',
      'cal.short@example.org': 'Cal undefined',
    },
  ],
  [
    '07-row-width/trailing-header-only.csv',
    {},
    { 'flo.trailh@example.org': 'Flo Oak', 'gus.trailh@example.org': 'Gus Ash' },
  ],
  [
    '14-rejects-roundtrip/rejects-semicolons.csv',
    {},
    { 'ora.rej@example.org': 'José García', 'pax.rej@example.org': 'Åsa Ødegård' },
  ],
])('%s', async (file, input, users) => {
  const name = file.replace(/\W/g, '-');
  const cases = path.join(import.meta.dirname, '../fixtures/cases');
  await all.write(`${name}.csv`, await readFile(path.join(cases, file)));
  await all.run(name, { file: `${name}.csv`, ...input });
  const stored = await allIdentities(world.kratos.adminUrl);
  const made = stored.filter(
    ({ metadata_admin }) =>
      (metadata_admin as { csv_import: { workflowId: string } }).csv_import.workflowId === name,
  );
  expect(
    Object.fromEntries(
      made.map(({ traits }) => [
        traits['email'],
        `${String(traits['first_name'])} ${String(traits['last_name'])}`,
      ]),
    ),
  ).toEqual(users);
});
