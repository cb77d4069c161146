import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import type { Kratos } from '../../../src/kratos/kratos.js';
import { attempt, Died, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { outcomesOf } from '../../support/outcome-files.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const ROWS = Array.from({ length: 20 }, (_, i) => `user${i}@example.com,secret ${i} word\n`);
const FILE = `email,initial_password\n${ROWS.join('')}`;

function failingOn(...poisonous: number[]) {
  return async (password: string): Promise<string> => {
    if (poisonous.some((i) => password === `secret ${i} word`)) {
      throw new TypeError(`cannot read ${password}`);
    }
    return `hash of ${password}`;
  };
}

/** Stores each batch, and fails on the answers of those that hold a certain user. */
class FailingOnAnswers extends KratosInMemory {
  override async createBatch(...args: Parameters<Kratos['createBatch']>) {
    const answers = await super.createBatch(...args);
    const [identities] = args;
    if (identities.some(({ traits }) => traits['email'] === 'user3@example.com')) {
      throw new RangeError('too deep for user3@example.com');
    }
    return answers;
  }
}

describe('a fault of this program', () => {
  it('on one row fails that row, and the others of the chunk are imported', async () => {
    const run = await PlannedRun.of(FILE);
    const kratos = new KratosInMemory();
    const counts = await attempt(run, kratos, { hash: failingOn(7, 12) });
    expect(counts).toEqual({ ...NO_COUNTS, created: 18, failed: 2 });
    const failed = (await outcomes(run)).filter(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject(
      [9, 14].map((line) => ({
        line,
        codes: ['program_fault'],
        reason: 'this program failed on the row (TypeError)',
      })),
    );
    expect(await readFile(outcomesOf(run.folder, 1), 'utf8')).not.toContain('cannot read');
  });

  it('after the users were created finds them again as created by this import', async () => {
    const run = await PlannedRun.of(FILE);
    const kratos = new FailingOnAnswers();
    expect(await attempt(run, kratos)).toEqual({ ...NO_COUNTS, created: 20 });
    expect(kratos.identities.size).toBe(20);
  });

  it('on every row is tried again, and fails the rows at the fifth attempt', async () => {
    const run = await PlannedRun.of(FILE);
    const hash = failingOn(...ROWS.keys());
    const tried = (number: number) => attempt(run, new KratosInMemory(), { hash, number });
    await expect(tried(1)).rejects.toThrow(TypeError);
    await expect(tried(4)).rejects.toThrow(TypeError);
    expect(await tried(5)).toEqual({ ...NO_COUNTS, failed: 20 });
  });

  it('in a live dry run fails the row, too', async () => {
    const run = await PlannedRun.of(FILE, { input: { dryRun: 'live' } });
    const kratos = new KratosInMemory();
    const find = kratos.findByIdentifier.bind(kratos);
    kratos.findByIdentifier = async (address) => {
      if (address === 'user5@example.com') throw new TypeError('no');
      return find(address);
    };
    expect(await attempt(run, kratos)).toEqual({ ...NO_COUNTS, would_create: 19, failed: 1 });
  });
});

describe('any other error', () => {
  it('ends the attempt, and blames no row', async () => {
    const run = await PlannedRun.of(FILE);
    const hash = async (): Promise<string> => {
      throw new Died();
    };
    await expect(attempt(run, new KratosInMemory(), { hash, number: 9 })).rejects.toThrow(Died);
    const full = Object.assign(new TypeError('no space'), { code: 'ENOSPC', syscall: 'write' });
    const onFullDisk = attempt(run, new KratosInMemory(), { hash: () => Promise.reject(full) });
    await expect(onFullDisk).rejects.toBe(full);
    expect((await journalOf(run)).outcomes.size).toBe(0);
  });
});
