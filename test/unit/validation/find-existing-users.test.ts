import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readExistingUsers, writeExistingUsers } from '../../../src/store/existing-users.js';
import { proveScratch } from '../../../src/store/scratch.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { FileAddresses } from '../../../src/validation/file-addresses.js';
import { estimateUsers, findExistingUsers } from '../../../src/validation/find-existing-users.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { identityOf, mapOf } from '../../support/candidates.js';
import { personSchema } from '../../support/identity-schemas.js';
import { ListedKratos } from '../../support/existing-user-hints.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';

const MAP = mapOf(['email'], {}, personSchema);
const email = (n: number) => `user${n}@example.com`;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const lineOf = (n: number) => n + 2;

// The choice that pays is made by this clock, which only requests move on here.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function fileOf(rows: number): FileAddresses {
  const addresses = new FileAddresses();
  for (const n of numbers(rows)) {
    addresses.claim([{ address: email(n), claims: [], problems: [] }], () => lineOf(n));
  }
  return addresses;
}

function newValidation() {
  return { folder: new RunLayout(new MemoryStore(), RUN), validation: randomUUID() };
}

/** The hints for a file with a user a line: some are in Kratos, beside users who are not in the file. */
async function listed(
  kratos: ListedKratos,
  { rows, there, strangers = 0 }: { rows: number; there: number[]; strangers?: number },
) {
  const ids = new Map(there.map((n) => [lineOf(n), kratos.store(identityOf({ email: email(n) }))]));
  for (const n of numbers(strangers))
    kratos.store(identityOf({ email: `stranger${n}@example.com` }));
  const { folder, validation } = newValidation();
  const addresses = fileOf(rows);
  let pages = 0;
  const wanted = { addresses, map: MAP, rows, schemas: [personSchema], foreseesConflicts: false };
  const found = findExistingUsers(kratos, wanted, { folder, validation }, () => pages++);
  const run = { folder, plan: { validation, hints: await found } };
  const lines = numbers(rows).map(lineOf);
  return { ids, run, addresses, pages, existing: await readExistingUsers(run, lines) };
}

describe('the hints for a file', () => {
  it('are all of its users who are in Kratos, and no other user, over any number of pages', async () => {
    const ROWS = 200;
    const seen = { all: 0, none: 0 };
    const property = fc.asyncProperty(
      fc.uniqueArray(fc.nat({ max: ROWS - 1 }), { maxLength: ROWS, size: 'max' }),
      fc.nat({ max: 50 }),
      fc.integer({ min: 1, max: 300 }),
      async (there, strangers, pageSize) => {
        const kratos = new ListedKratos({ pageSize }, { lookUpMs: 1 });
        const { ids, existing, addresses } = await listed(kratos, { rows: ROWS, there, strangers });
        const ofSample = there.filter((n) => addresses.sample.includes(email(n)));
        const pays = ofSample.length > 0;
        seen[pays ? 'all' : 'none']++;
        expect(existing).toEqual(pays ? ids : new Map());
        if (pays) expect(kratos.pages).toBe(Math.ceil((there.length + strangers) / pageSize));
      },
    );
    await fc.assert(property, { numRuns: 40 });
    expect(seen.all).toBeGreaterThan(0);
  });

  it('can be read for any lines', async () => {
    const ROWS = 300;
    const there = numbers(ROWS).filter((n) => n % 3 !== 0);
    const kratos = new ListedKratos({ pageSize: 70 }, { lookUpMs: 1 });
    const { ids, run } = await listed(kratos, { rows: ROWS, there });
    const some = fc
      .uniqueArray(fc.integer({ min: 2, max: ROWS + 20 }), { maxLength: 60 })
      .map((lines) => lines.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(some, async (lines) => {
        const existing = await readExistingUsers(run, lines);
        expect([...existing]).toEqual(
          lines.flatMap((line) => (ids.has(line) ? [[line, ids.get(line)]] : [])),
        );
      }),
    );
  });

  it('are reported page by page', async () => {
    const kratos = new ListedKratos({ pageSize: 50 }, { lookUpMs: 1 });
    const { pages } = await listed(kratos, { rows: 200, there: numbers(200) });
    expect(pages).toBe(4);
  });

  it('compare addresses as Kratos does, and count the lines of quoted cells', async () => {
    const kratos = new ListedKratos({}, { lookUpMs: 1 });
    const ids = numbers(200).map((n) =>
      kratos.store(identityOf({ email: n % 2 ? email(n).toUpperCase() : email(n) })),
    );
    const rows = numbers(200).map((n) => {
      const address = n % 3 ? `User${n}@Example.com` : ` ${email(n)} `;
      return `"${address}","of two\nlines"\n`;
    });
    const run = await PlannedRun.of(`email,first_name\n${rows.join('')}`, { kratos });
    const lines = numbers(200).map((n) => 2 + 2 * n);
    expect([...(await readExistingUsers(run, lines)).values()]).toEqual(ids);
    expect((await readExistingUsers(run, [3, 5, 7])).size).toBe(0);
  });

  it('belong to the first of several lines with one address', async () => {
    const kratos = new ListedKratos({}, { lookUpMs: 1 });
    const ids = numbers(200).map((n) => kratos.store(identityOf({ email: email(n) })));
    const rows = [...numbers(200), 7].map((n) => `${email(n)}\n`);
    const run = await PlannedRun.of(`email\n${rows.join('')}`, {
      kratos,
      input: { onInvalid: 'import-valid' },
    });
    const existing = await readExistingUsers(run, [9, 202]);
    expect([...existing]).toEqual([[9, ids[7]]]);
  });

  it('are left out for users without an address', async () => {
    const kratos = new ListedKratos({}, { lookUpMs: 1 });
    for (const n of numbers(5))
      kratos.identities.set(randomUUID(), { ...identityOf({ email: '' }), traits: { n } });
    const { ids, existing } = await listed(kratos, { rows: 200, there: numbers(200) });
    expect(existing).toEqual(ids);
  });

  it('are none where nothing was written', async () => {
    const { folder, validation } = newValidation();
    const hints = await writeExistingUsers(folder, validation, async () => undefined);
    expect(hints).toEqual([]);
    const run = { folder, plan: { validation, hints } };
    expect(await readExistingUsers(run, [2, 3])).toEqual(new Map());
    expect(await readExistingUsers(run, [])).toEqual(new Map());
  });

  it('need a temporary folder that is there, which is said before', async () => {
    const problem = /temporary folder \/nowhere \(ENOENT\)\. Mount one there, .* TMPDIR\.$/;
    vi.stubEnv('TMPDIR', '/nowhere');
    try {
      expect(proveScratch).toThrow(problem);
      const { folder, validation } = newValidation();
      const write = writeExistingUsers(folder, validation, async () => undefined);
      await expect(write).rejects.toThrow(problem);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(proveScratch).not.toThrow();
  });

  it('fail with Kratos', async () => {
    class Failing extends ListedKratos {
      override async listPage(next?: string) {
        if (next !== undefined) throw new KratosError('unavailable', 'x');
        return super.listPage();
      }
    }
    const kratos = new Failing({ pageSize: 50 }, { lookUpMs: 1 });
    await expect(listed(kratos, { rows: 200, there: numbers(200) })).rejects.toThrow(KratosError);
  });
});

describe('whether users are listed', () => {
  const allRows = numbers(1000);

  it('is not even asked for fewer than 200 rows', async () => {
    const few = new ListedKratos({}, { lookUpMs: 1000 });
    expect((await listed(few, { rows: 199, there: numbers(199) })).existing.size).toBe(0);
    expect([few.pages, few.requests.findByIdentifier]).toEqual([0, 0]);
    const enough = new ListedKratos({}, { lookUpMs: 1000 });
    expect((await listed(enough, { rows: 200, there: numbers(200) })).existing.size).toBe(200);
  });

  it('is not asked where nothing is to be imported', async () => {
    const kratos = new ListedKratos({}, { lookUpMs: 1000 });
    const text = `email\n${numbers(200)
      .map((n) => `${email(n)}\n`)
      .join('')}`;
    await PlannedRun.of(text, { kratos, input: { dryRun: 'file' } });
    await PlannedRun.of(`${text}no address\n`, { kratos, input: { onInvalid: 'stop' } });
    expect([kratos.pages, kratos.requests.findByIdentifier]).toEqual([0, 0]);
  });

  it.each([
    ['has other users', 300, 20],
    ['has none', 0, 0],
  ])('is decided by one page where Kratos %s', async (_what, strangers, lookUps) => {
    const kratos = new ListedKratos({ pageSize: 50 }, { lookUpMs: 1000 });
    const { existing } = await listed(kratos, { rows: 1000, there: [], strangers });
    expect(existing.size).toBe(0);
    expect(kratos.pages).toBe(1);
    expect(kratos.requests.findByIdentifier).toBe(lookUps);
  });

  it.each([
    ['is, where a page takes as long as four look-ups and spares hundreds', 5, 20, allRows, true],
    ['is not, where a page takes as long as thousands', 5, 20_000, allRows, false],
    ['is, where all pages cost little less than the look-ups', 5, 2000, allRows, true],
    ['is not, where all pages cost little more than the look-ups', 5, 3200, allRows, false],
  ])('%s', async (_what, lookUpMs, pageMs, there, expected) => {
    const kratos = new ListedKratos({ pageSize: 500 }, { lookUpMs, pageMs });
    const { existing } = await listed(kratos, { rows: 1000, there });
    expect(existing.size).toBe(expected ? 1000 : 0);
    expect(kratos.pages).toBe(expected ? 2 : 1);
    expect(kratos.requests.findByIdentifier).toBe(20);
  });

  it('depends on how many are in Kratos besides: their pages are listed in vain', async () => {
    const takes = { lookUpMs: 5, pageMs: 900 };
    const few = new ListedKratos({ pageSize: 100 }, takes);
    await listed(few, { rows: 200, there: numbers(200) });
    expect(few.pages).toBe(1);
    const alone = new ListedKratos({ pageSize: 100 }, { ...takes, pageMs: 300 });
    await listed(alone, { rows: 200, there: numbers(200) });
    expect(alone.pages).toBe(2);
    const crowded = new ListedKratos({ pageSize: 100 }, { ...takes, pageMs: 300 });
    await listed(crowded, { rows: 200, there: numbers(200), strangers: 2000 });
    expect(crowded.pages).toBe(1);
  });

  it('is not, where the pages are not in the order of the ids, which leaves the number of users unknown', async () => {
    class Unsorted extends ListedKratos {
      override async listPage(next?: string) {
        const { users, ...more } = await super.listPage(next);
        return { users: users.toReversed(), ...more };
      }
    }
    const kratos = new Unsorted({ pageSize: 100 }, { lookUpMs: 1000 });
    expect((await listed(kratos, { rows: 200, there: numbers(200) })).existing.size).toBe(0);
    expect(kratos.pages).toBe(1);
    // One page has all users in any order.
    const small = new Unsorted({ pageSize: 500 }, { lookUpMs: 1000 });
    expect((await listed(small, { rows: 200, there: numbers(200) })).existing.size).toBe(200);
  });
});

describe('how many users there are', () => {
  it.each([600, 2000, 10_000, 100_000])(
    'is estimated within a factor of 1.5 from the first 500 of %i',
    (count) => {
      const ids = numbers(count)
        .map(() => randomUUID())
        .sort();
      const estimate = estimateUsers(ids.slice(0, 500));
      expect(estimate).toBeGreaterThan(count / 1.5);
      expect(estimate).toBeLessThan(count * 1.5);
    },
  );

  it('is not known from ids that are not sorted, nor from none', () => {
    const sorted = numbers(500)
      .map(() => randomUUID())
      .sort();
    expect(estimateUsers(sorted.toReversed())).toBe(Infinity);
    expect(estimateUsers([...sorted.slice(1), sorted[0]!])).toBe(Infinity);
    expect(estimateUsers([])).toBe(Infinity);
  });
});
