import bcrypt from 'bcrypt';
import { expect, test } from 'vitest';
import { bcryptBase64 } from '../../src/passwords/base64.js';
import { createBcrypt, loadProgram } from '../../src/passwords/bcrypt/bcrypt.js';
import { knownAnswerAt } from '../../src/passwords/bcrypt/known-answers.js';

const { hash } = createBcrypt(loadProgram(new URL('../../dist/bcrypt.wasm', import.meta.url)));

/** Each would keep every worker that is set to it from starting, were its answer wrong. */
test.each([12, 13, 14, 15])(
  'at cost %i the known answer is the reference’s, and all lanes give it',
  async (cost) => {
    const { password, salt, digest } = knownAnswerAt(cost);
    const settings = `$2b$${cost}$${bcryptBase64(salt)}`;
    expect(await bcrypt.hash(password, settings)).toBe(settings + digest);
    expect(hash([], [], cost)).toEqual([]);
  },
);
