import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../dev/servers/ports.js';
import type { Finding } from '../../src/checks/finding.js';
import { runCommand } from '../support/command.js';
import { imports } from '../support/imports.js';
import { startWorker, untilPolled } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let desk: string;

beforeAll(async () => {
  world = await createWorld({ switchedOff: ['link'] });
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
});

afterAll(async () => {
  await rm(desk, { recursive: true, force: true });
  await world.close();
});

interface Examined {
  code: number | null;
  /** By check. */
  findings: Partial<Record<Finding['check'], Finding>>;
}

async function examined(settings: Record<string, string>, args: string[] = []): Promise<Examined> {
  const { code, out } = await runCommand(world, desk, ['doctor', '--json', ...args], settings);
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return { code, findings: Object.fromEntries(findings.map((each) => [each.check, each])) };
}

const saying = (status: Finding['status'], text: string): object => ({
  status,
  text: expect.stringContaining(text) as string,
});

describe('doctor', () => {
  test('finds what is right, sends a test mail, and leaves nothing behind', async () => {
    await startWorker(world);
    const { client } = await imports(world);
    await untilPolled(client);
    const to = 'doctor@example.com';
    const { code, findings } = await examined({ KRATOS_ADMIN_TOKEN: 'any' }, ['--mail-to', to]);
    expect(findings).toMatchObject({
      temporal: saying('ok', `namespace "${world.namespace}"`),
      workers: saying('ok', '1 on the task queue "user-import"'),
      'kratos-admin': saying('ok', world.kratos.adminUrl),
      'kratos-public': saying('ok', 'schemas demo'),
      'identity-schema': saying('ok', 'email, '),
      // The link is switched off here.
      recovery: saying('warning', 'by code only'),
      mail: saying('ok', 'answers'),
      'test-mail': saying('ok', 'took it'),
      'import-runs': saying('ok', world.runs),
      audit: saying('skipped', 'AUDIT_DATABASE_URL'),
      hashing: saying('ok', 'cost 4'),
    });
    expect(code).toBe(0);
    const [mail, ...more] = await world.mailsTo(to);
    expect(mail?.subject).toMatch(/^\[Test\] /);
    expect(more).toEqual([]);
    expect(await readdir(world.runs)).toEqual([]);
  });

  test('tells the ports of Kratos apart, as check does, and finds the rest all the same', async () => {
    const publicPort = { KRATOS_ADMIN_URL: world.kratos.publicUrl };
    const { code, findings } = await examined({
      ...publicPort,
      APP_NAME: '',
      TEMPORAL_NAMESPACE: 'nope',
      AUDIT_DATABASE_URL: world.databaseUrl,
    });
    expect(findings).toMatchObject({
      settings: saying('failed', 'APP_NAME is missing'),
      temporal: saying('failed', 'no namespace "nope"'),
      'kratos-admin': saying('failed', 'the public port'),
      recovery: saying('skipped', 'without the admin port'),
      mail: saying('skipped', 'without APP_NAME'),
      'import-root': { status: 'ok' },
      // Kratos's own database has no such table.
      audit: saying('failed', 'no table audit_log'),
    });
    expect(code).toBe(1);

    await writeFile(path.join(desk, 'people.csv'), 'email\nann@example.com\n');
    const { code: status, out } = await runCommand(
      world,
      desk,
      ['check', 'people.csv'],
      publicPort,
    );
    expect(out).toContain('KRATOS_ADMIN_URL is the address of the public port of Kratos');
    expect(status).toBe(2);
  });

  test('ends with 3 where only servers are away, and shows no secret', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    const settings = {
      KRATOS_ADMIN_URL: `http://admin:Zq9SECRET@${nowhere}`,
      SMTP_URL: `smtp://user:Zq9SECRET@${nowhere}`,
    };
    const { code, out } = await runCommand(world, desk, ['doctor'], settings);
    expect(out.match(/^FAILED .*/gm)).toHaveLength(2);
    expect(out).not.toContain('Zq9SECRET');
    expect(code).toBe(3);
  });
});
