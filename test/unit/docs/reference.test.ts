import { expect, it } from 'vitest';
import { reference } from '../../support/reference.js';

it('is what the schemas, the codes and the command line say: npm run reference writes it anew', async () => {
  await expect(await reference()).toMatchFileSnapshot('../../../docs/reference.md');
});
