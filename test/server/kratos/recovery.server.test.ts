import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryMethod } from '../../../src/contract/import/input.js';
import { createKratos } from '../../../src/kratos/ory-kratos.js';
import { createWorld, type World, type WorldOptions } from '../../support/world.js';

async function whatIsOff(
  switchedOff: NonNullable<WorldOptions['switchedOff']>,
): Promise<Record<RecoveryMethod, string | undefined>> {
  const world = await createWorld({ switchedOff });
  try {
    const { adminUrl } = world.kratos;
    const kratos = createKratos({ adminUrl });
    return {
      link: await kratos.recoveryIsOff('link'),
      code: await kratos.recoveryIsOff('code'),
    };
  } finally {
    await world.close();
  }
}

describe('what recovery needs switched on', () => {
  test('nothing more when all of it is', async () => {
    expect(await whatIsOff([])).toEqual({ link: undefined, code: undefined });
  });

  test('is the method that is off, by the name of its setting', async () => {
    expect(await whatIsOff(['link'])).toEqual({
      link: 'selfservice.methods.link.enabled',
      code: undefined,
    });
    expect(await whatIsOff(['code'])).toEqual({
      link: undefined,
      code: 'selfservice.methods.code.enabled',
    });
  });

  test('is the flow, when Kratos makes links that lead nowhere', async () => {
    const flow = 'selfservice.flows.recovery.enabled';
    expect(await whatIsOff(['recovery'])).toEqual({ link: flow, code: flow });
  });
});

describe('an identity', () => {
  let world: World;
  beforeAll(async () => void (world = await createWorld()));
  afterAll(() => world.close());

  test('is read with the hash of its password, which is the one that it was made with', async () => {
    const kratos = createKratos({ adminUrl: world.kratos.adminUrl });
    const hashedPassword = `$2a$04$${'.'.repeat(53)}`;
    const [answer] = await kratos.createBatch([
      {
        schemaId: 'demo',
        traits: { email: 'ann@example.com' },
        metadataAdmin: { note: 'kept' },
        state: 'active',
        hashedPassword,
        verifiedEmails: [],
      },
    ]);
    if (answer?.kind !== 'created') throw new Error('not created');
    expect(await kratos.get(answer.id)).toMatchObject({
      id: answer.id,
      fields: { traits: { email: 'ann@example.com' }, metadata_admin: { note: 'kept' } },
      passwordHash: hashedPassword,
    });
    expect(await kratos.createRecovery(answer.id, 'link', '1h')).toEqual({
      link: expect.stringContaining(
        `${world.kratos.publicUrl}/self-service/recovery?flow=`,
      ) as string,
    });
    expect(await kratos.createRecovery(answer.id, 'code', '1h')).toEqual({
      link: expect.stringContaining('/recovery?flow=') as string,
      code: expect.stringMatching(/^\d{6}$/) as string,
    });
    expect(await kratos.get('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });
});
