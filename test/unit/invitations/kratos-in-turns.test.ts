import { expect, it } from 'vitest';
import { turnsOfRequests } from '../../../src/flow-control/turns.js';
import { kratosInTurns, MAILS_AT_ONCE } from '../../../src/invitations/kratos-in-turns.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';

class Counting extends KratosInMemory {
  inFlight = 0;
  most = 0;
  override async get(id: string) {
    this.most = Math.max(this.most, ++this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.inFlight--;
    return super.get(id);
  }
}

it('sends no more requests at once than pay, whatever waits', async () => {
  const kratos = new Counting();
  const { signal } = new AbortController();
  const asked = kratosInTurns(kratos, turnsOfRequests(MAILS_AT_ONCE), signal);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => asked.get(`id-${i}`)));
  expect(answers).toHaveLength(100);
  expect(kratos.most).toBe(MAILS_AT_ONCE);
});

it('sends nothing more for a step that is given up', async () => {
  const kratos = new Counting();
  const control = new AbortController();
  const asked = kratosInTurns(kratos, turnsOfRequests(MAILS_AT_ONCE), control.signal);
  const answers = Array.from({ length: 35 }, (_, i) => asked.get(`id-${i}`));
  control.abort(new Error('given up'));
  const ends = await Promise.allSettled(answers);
  expect(ends.map(({ status }) => status)).toEqual([
    ...Array<string>(MAILS_AT_ONCE).fill('fulfilled'),
    ...Array<string>(3).fill('rejected'),
  ]);
});
