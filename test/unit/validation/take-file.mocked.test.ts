import { createHash } from 'node:crypto';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunRef } from '../../../src/contract/ids.js';
import type { ImportRequest } from '../../../src/contract/import/input.js';
import type { TakenFile } from '../../../src/contract/import/taken-file.js';
import type { Report } from '../../../src/contract/report.js';
import { FileError } from '../../../src/csv/file-error.js';
import { FolderRoot } from '../../../src/store/folder-root.js';
import { withFormat } from '../../../src/store/format.js';
import type { ImportRoot } from '../../../src/store/import-root.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import {
  recordBegun,
  recordNight,
  settingsDigest,
  type SourceNight,
} from '../../../src/store/source-nights.js';
import { StoreRoot } from '../../../src/store/store-root.js';
import type { Listed } from '../../../src/store/store.js';
import { newestMatch, takeFile } from '../../../src/validation/take-file.js';
import { MemoryStore } from '../../support/memory-store.js';
import { inputOf, temporaryFolder } from '../../support/planned-run.js';

vi.mock('node:timers/promises', () => import('../../support/timers-promises.js'));

const NOW = Date.parse('2026-11-28T03:00:00Z');
const AN_HOUR = 3_600_000;

const sha256Of = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

const runNumber = (number: number): RunRef => ({
  workflowId: `nightly-hr-${number}`,
  runId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
});

/** A root whose files may be written in place, as those of a folder. */
class Folder extends StoreRoot {
  override async open(file: string) {
    const source = await super.open(file);
    return Object.assign(source, { version: undefined });
  }
}

class World {
  readonly files = new MemoryStore();
  readonly runs = new MemoryStore();
  readonly abort = new AbortController();

  take(
    request: Partial<ImportRequest> = {},
    root: ImportRoot = new StoreRoot(this.files),
  ): Promise<TakenFile> {
    const deps = { importRoot: root, runs: this.runs, now: () => new Date() };
    return takeFile(deps, inputOf(request), this.abort.signal);
  }

  /** A finished run of the source, with its report. */
  async night(number: number, keys: Partial<SourceNight> = {}, report: Partial<Report> = {}) {
    const run = runNumber(number);
    const startedAt = new Date(NOW - (100 - number) * 24 * AN_HOUR).toISOString();
    const night: SourceNight = {
      ...{ source: 'hr', run, startedAt, finishedAt: startedAt, file: 'users.csv' },
      ...{ sha256: sha256Of('email\n'), settings: settingsDigest(inputOf(OF_HR)), repeats: true },
      ...{ rows: 2000, scope: 2000, open: 3 },
      counts: {
        ...{ new: 0, changed: 0, unchanged: 2000, left: 0 },
        ...{ returned: 0, drifted: 0, adopted: 0, failed: 0 },
      },
      ...keys,
    };
    await recordNight(this.runs, night);
    const key = new RunLayout(this.runs, run).report;
    await this.runs.replace(key, JSON.stringify(withFormat({ run, ...report })));
    return night;
  }
}

const OF_HR = {
  mode: 'update',
  missing: { do: 'deactivate', scope: 'hr' },
} satisfies Partial<ImportRequest>;

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof FileError ? error.problem.code : error),
  );

describe('the file of a run', () => {
  it('is the one that was named, by its bytes, packed or not', async () => {
    const world = new World();
    const packed = gzipSync('email\n');
    await world.files.create('users.csv', 'email\n');
    await world.files.create('users.csv.gz', packed);
    expect(await world.take()).toEqual({ file: 'users.csv', sha256: sha256Of('email\n') });
    expect(await world.take({ file: 'users.csv.gz' })).toMatchObject({ sha256: sha256Of(packed) });
  });

  it('that is not there ends the run', async () => {
    expect(await codeOf(new World().take(OF_HR))).toBe('file_not_found');
  });
});

describe('the file of the last run', () => {
  const taken = async (
    keys: Partial<SourceNight>,
    report: Partial<Report> = {},
    request: Partial<ImportRequest> = {},
  ) => {
    const world = new World();
    await world.files.create('users.csv', 'email\n');
    await world.night(1);
    await world.night(2, keys, report);
    return world.take({ ...OF_HR, ...request });
  };
  const undone = (at: string) => ({ undone: { at } as Report['undone'] });

  it('is told, with what the next one is compared with', async () => {
    expect(await taken({})).toEqual({
      ...{ file: 'users.csv', sha256: sha256Of('email\n'), unchanged: runNumber(2) },
      last: {
        ...{ run: runNumber(2), rows: 2000, open: 3 },
        startedAt: new Date(NOW - 98 * 24 * AN_HOUR).toISOString(),
      },
    });
  });

  it('is none of another source, nor of an import without one', async () => {
    expect(await taken({}, {}, { missing: { scope: 'school' } })).not.toHaveProperty('last');
    expect(await taken({}, {}, { missing: {} })).not.toHaveProperty('last');
  });

  it.each<[string, Partial<SourceNight>, Partial<Report>, Partial<ImportRequest>]>([
    ['another file', { sha256: sha256Of('other') }, {}, {}],
    ['rows that were left open', { repeats: false }, {}, {}],
    ['other settings', {}, {}, { allow: ['change-address'] }],
    ['another way with those who are missing', {}, {}, { missing: { do: 'delete', scope: 'hr' } }],
    ['an undo of it', {}, undone('2026-11-27T00:00:00.000Z'), {}],
    ['a dry run', {}, {}, { dryRun: 'live' }],
    [
      'a retry',
      {},
      {},
      { missing: { scope: 'hr' }, retryOf: { workflowId: 'a', runId: runNumber(1).runId } },
    ],
  ])('means something again after, or as, %s', async (_what, keys, report, request) => {
    const { unchanged, last } = await taken(keys, report, request);
    expect(unchanged).toBeUndefined();
    expect(last).toBeDefined();
  });

  it('means something again where an earlier run was undone since, or its own report is gone', async () => {
    const world = new World();
    await world.files.create('users.csv', 'email\n');
    const before = new Date(NOW - 99 * 24 * AN_HOUR).toISOString();
    await world.night(1, {}, undone(before));
    const { startedAt } = await world.night(2);
    // The run after the undo has done all again.
    expect((await world.take(OF_HR)).unchanged).toEqual(runNumber(2));
    await world.night(1, {}, undone(startedAt));
    expect((await world.take(OF_HR)).unchanged).toBeUndefined();
    await world.night(1);
    expect((await world.take(OF_HR)).unchanged).toEqual(runNumber(2));
    await world.runs.remove([new RunLayout(world.runs, runNumber(2)).report]);
    expect((await world.take(OF_HR)).unchanged).toBeUndefined();
  });
});

describe('the file of the last run that came to its end', () => {
  async function world() {
    const world = new World();
    await world.files.create('users.csv', 'email\n');
    const { startedAt } = await world.night(2);
    return { world, startedAt, unchanged: async () => (await world.take(OF_HR)).unchanged };
  }

  it('means something again where a later one has begun to change users, and was cancelled', async () => {
    const {
      world: { runs },
      startedAt,
      unchanged,
    } = await world();
    await recordBegun(runs, 'hr', { run: runNumber(2), at: startedAt });
    expect(await unchanged()).toEqual(runNumber(2));
    await recordBegun(runs, 'hr', { run: runNumber(3), at: new Date(NOW).toISOString() });
    expect(await unchanged()).toBeUndefined();
    // Until another one has come to its end.
    await recordBegun(runs, 'hr', { run: runNumber(3), at: new Date(0).toISOString() });
    expect(await unchanged()).toEqual(runNumber(2));
  });

  it('means something again where an undo of it was begun, and has not come to its end', async () => {
    const {
      world: { runs },
      unchanged,
    } = await world();
    const { undoFolder } = new RunLayout(runs, runNumber(2));
    await runs.create(`${undoFolder}/1.ledger/00000001.jsonl`, '');
    expect(await unchanged()).toBeUndefined();
  });
});

describe('of the files that a pattern matches, the newest', () => {
  const listed = (...files: [key: string, hour: number][]): Listed[] =>
    files.map(([key, hour]) => ({ key, bytes: 1, changedAt: new Date(NOW + hour * AN_HOUR) }));
  const newest = (pattern: string, ...files: [string, number][]) =>
    newestMatch(listed(...files), pattern)?.key;

  it('is by time, and by name where that is the same', () => {
    expect(newest('hr-*.csv', ['hr-9.csv', 1], ['hr-1.csv', 2], ['hr-2.csv', 2])).toBe('hr-2.csv');
  });

  it.each([
    ['hr-*.csv', 'hr-.csv', true],
    ['hr-*.csv', 'hr-2026.csv.gz', false],
    ['hr-*.csv*', 'hr-2026.csv.gz', true],
    ['hr-????.csv', 'hr-2026.csv', true],
    ['hr-????.csv', 'hr-26.csv', false],
    ['?.csv', '😀.csv', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['*ab', 'aab', true],
    ['hr.csv', 'hr.csv', true],
    ['hr.csv', 'hrxcsv', false],
    ['[hr].csv', 'h.csv', false],
    ['out/hr-*.csv', 'out/hr-1.csv', true],
    ['./out//hr-*.csv', 'out/hr-1.csv', true],
    ['out/*.csv', 'hr.csv', false],
    ['*.csv', 'out/hr.csv', false],
    ['out/*', 'out/old/hr.csv', false],
  ])('%s matches %s: %s', (pattern, key, isMatch) => {
    expect(newest(pattern, [key, 0]) !== undefined).toBe(isMatch);
  });

  it.each([
    '.hr.csv',
    'hr.csv.tmp',
    'hr.csv.PART',
    'hr.partial',
    'hr.filepart',
    'hr.crdownload',
    'hr.csv~',
  ])('is never %s, which is not whole', (name) => {
    expect(newest('*', [name, 1], ['whole.csv', 0])).toBe('whole.csv');
  });

  it('is found in no more time than the lengths multiplied, whatever the pattern', () => {
    const pattern = `${'*a'.repeat(1000)}b`;
    expect(newest(pattern, ['a'.repeat(255), 0])).toBeUndefined();
  });

  it('is taken, below the root only', async () => {
    const world = new World();
    await world.files.create('out/hr-1.csv', 'one');
    await world.files.create('out/hr-2.csv', 'two');
    await world.files.create('out/old/hr-9.csv', 'nine');
    const take = (file: string) => world.take({ file, newest: true });
    expect(await take('out/hr-*.csv')).toEqual({ file: 'out/hr-2.csv', sha256: sha256Of('two') });
    expect(await codeOf(take('out/hr-*.xml'))).toBe('file_not_found');
    expect(await codeOf(take('none/*.csv'))).toBe('file_not_found');
    for (const file of ['../out/*.csv', 'out/../../*.csv', '/etc/*', 'out\\*.csv']) {
      expect(await codeOf(take(file))).toBe('file_outside_root');
    }
  });

  it('is taken from a folder of a disk, where a link is no file of it', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'out'));
    for (const [name, hours] of [
      ['hr-1.csv', 2],
      ['hr-2.csv', 1],
      ['hr-3.csv.part', 0],
    ] as const) {
      await writeFile(join(root, 'out', name), name);
      const time = (Date.now() - (hours + 1) * AN_HOUR) / 1000;
      await utimes(join(root, 'out', name), time, time);
    }
    await symlink('out', join(root, 'linked'));
    const world = new World();
    const take = (file: string) => world.take({ file, newest: true }, new FolderRoot(root));
    expect(await take('out/hr-*')).toEqual({ file: 'out/hr-2.csv', sha256: sha256Of('hr-2.csv') });
    expect(await codeOf(take('linked/hr-*'))).toBe('file_not_found');
    expect(await codeOf(take('hr-*'))).toBe('file_not_found');
  });
});

describe('the newest of a folder', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW }));
  afterEach(() => void vi.useRealTimers());

  /** Takes the newest; what is there is written at once, and again after each of the times, in seconds. */
  async function takenWhileWritten(...seconds: number[]) {
    const world = new World();
    await world.files.replace('hr-1.csv', '0');
    const start = Date.now();
    const work = world.take({ file: 'hr-*.csv', newest: true }, new Folder(world.files));
    const settled = work.then(
      ({ sha256 }) => ({ sha256, after: (Date.now() - start) / 1000 }),
      (error: unknown) => ({
        code: (error as FileError).problem.code,
        after: (Date.now() - start) / 1000,
      }),
    );
    for (const [i, second] of seconds.entries()) {
      await vi.advanceTimersByTimeAsync(start + second * 1000 - Date.now());
      await world.files.replace('hr-1.csv', String(i + 1));
    }
    await vi.advanceTimersByTimeAsync(AN_HOUR);
    return settled;
  }

  it('is taken once nobody has written it for ten seconds', async () => {
    expect(await takenWhileWritten()).toEqual({ sha256: sha256Of('0'), after: 10 });
    expect(await takenWhileWritten(5, 13)).toEqual({ sha256: sha256Of('2'), after: 24 });
  });

  it('is taken at once where it is older, or in a bucket, where it is whole', async () => {
    const world = new World();
    await world.files.replace('hr-1.csv', 'new');
    const newest = { file: 'hr-*.csv', newest: true };
    expect(await world.take(newest)).toMatchObject({ file: 'hr-1.csv' });
    vi.setSystemTime(NOW + 10_000);
    expect(await world.take(newest, new Folder(world.files))).toMatchObject({ file: 'hr-1.csv' });
  });

  it('is another one where that comes meanwhile', async () => {
    const world = new World();
    await world.files.replace('hr-1.csv', 'one');
    const work = world.take({ file: 'hr-*.csv', newest: true }, new Folder(world.files));
    await vi.advanceTimersByTimeAsync(5_000);
    await world.files.replace('hr-2.csv', 'two');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await work).toEqual({ file: 'hr-2.csv', sha256: sha256Of('two') });
  });

  it('is taken where the clock of the folder is ahead, once it stays as it is', async () => {
    const world = new World();
    vi.setSystemTime(NOW + AN_HOUR);
    await world.files.replace('hr-1.csv', 'one');
    vi.setSystemTime(NOW);
    const work = world.take({ file: 'hr-*.csv', newest: true }, new Folder(world.files));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(await work).toMatchObject({ file: 'hr-1.csv' });
  });

  it('is refused where it does not come to its end', async () => {
    const always = Array.from({ length: 200 }, (_, i) => i * 5 + 1);
    const { code, after } = (await takenWhileWritten(...always)) as { code: string; after: number };
    expect(code).toBe('file_changed');
    expect(after).toBeGreaterThanOrEqual(15 * 60);
  });

  it('is not waited for any more once the attempt is given up', async () => {
    const world = new World();
    await world.files.replace('hr-1.csv', 'one');
    const work = world.take({ file: 'hr-*.csv', newest: true }, new Folder(world.files));
    const given = expect(work).rejects.toThrow('aborted');
    await vi.advanceTimersByTimeAsync(1_000);
    world.abort.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    await given;
  });
});
