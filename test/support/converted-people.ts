/** Whoever has a password in the exports of test/fixtures/exports, converted, imported and signed in. */
import path from 'node:path';
import { expect } from 'vitest';
import type { SourceName } from '../../src/convert/sources.js';
import { runCommand } from './command.js';
import { converted, EXPORTED, exported } from './converted.js';
import { Visitor } from './visitor.js';
import type { World } from './world.js';

/** The one password of which its product's hash could not be made here: a published one. */
const PUBLISHED = 'correct-horse-7';

/**
 * Converts an export with the command, starts an import of what it wrote, and signs everybody in.
 * @param desk an admin's own folder
 */
export async function importExport(world: World, desk: string, from: SourceName): Promise<void> {
  const output = `${from}.csv`;
  const files = EXPORTED[from].map(exported);
  const parameters = { FIREBASE_HASH_PARAMETERS_FILE: exported('firebase/hash-parameters.json') };
  const known = ['--lost-passwords', 'mail'];
  const conversion = await runCommand(
    world,
    desk,
    ['convert', '--from', from, '-o', output, ...known, ...files],
    parameters,
  );
  // Only a record that is no user ends it with 1.
  expect(conversion.code, conversion.out).toBe(conversion.out.includes('unreadable') ? 1 : 0);

  const { rows, summary } = await converted(from);
  const withoutProviders = Object.keys(summary.signIns).flatMap((id) => [
    '--column',
    `sign_in.${id}=ignore`,
  ]);
  const started = await runCommand(world, desk, [
    ...['start', path.join(desk, output), '--actor', 'alice', '--invitations', 'never'],
    // Whoever has no address cannot be imported with the schema of the demo.
    ...['--on-invalid', 'import-valid', ...withoutProviders],
  ]);
  const people = rows.filter(({ email = '', state }) => email.includes('@') && state === '');
  expect(started.out).toMatch(/created +\d+/);

  const visitor = new Visitor(world.kratos.publicUrl);
  const withPassword = people.filter((row) => row['password_hash'] !== '');
  // As many as the conversion kept, but for who is inactive or has no address.
  const { kept, converted: made } = summary.passwords;
  expect(withPassword.length).toBeGreaterThan((kept + made) * 0.8);
  for (const { email = '', password_hash = '' } of withPassword) {
    const own = `${email.split('@')[0]}-secret-1`;
    const password = password_hash.startsWith('$argon2') ? PUBLISHED : own;
    expect(await visitor.logIn(email, password), `${from}: ${email}`).toBe(true);
  }
  const [other] = withPassword;
  expect(await visitor.logIn(other!['email']!, 'another-secret-1')).toBe(false);
}
