/** What all that keep files promise, whichever a setting names; and what becomes of faults on the way to one. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Log } from '../../../src/store/log.js';
import { openStore } from '../../../src/store/open-store.js';
import { StoreError, VersionChanged, type Store } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { startS3FaultProxy, type S3FaultProxy } from '../../support/s3-fault-proxy.js';
import { BUCKET, startTestS3, type TestS3 } from '../../support/s3-server.js';

let s3: TestS3;
let proxy: S3FaultProxy;
let folder: string;
/** By way of the proxy. */
let faulty: Store;

beforeAll(async () => {
  s3 = await startTestS3({ versioning: true });
  Object.assign(process.env, s3.env);
  proxy = await startS3FaultProxy(s3);
  folder = await mkdtemp(join(tmpdir(), 'kratos-user-import-'));
  faulty = await openStore(`s3://${BUCKET}/faulty`, proxy.env);
});
afterAll(async () => {
  await proxy.close();
  await s3.close();
  await rm(folder, { recursive: true });
});

const ADAPTERS: Record<string, () => Promise<Store>> = {
  'a folder': () => openStore(folder),
  'a bucket': () => openStore(`s3://${BUCKET}/runs`, s3.env),
  'the memory of tests': () => Promise.resolve(new MemoryStore()),
};

/** A prefix that nothing is below, and that can be created below. */
async function fresh(store: Store): Promise<string> {
  const prefix = `t-${randomUUID()}`;
  await store.probe(prefix);
  return prefix;
}

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key.slice(prefix.length + 1));
  return keys;
}

async function textOf(store: Store, key: string): Promise<string | undefined> {
  return (await store.read(key))?.bytes.toString();
}

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe.each(Object.entries(ADAPTERS))('%s', (_, open) => {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });

  it('gives back what was written: all of it, a range, and no more than there is', async () => {
    const key = `${await fresh(store)}/a`;
    expect(await store.read(key)).toBeUndefined();
    expect(await store.stat(key)).toBeUndefined();
    expect(await store.create(key, 'abcdef')).toBe(true);
    const range = async (start: number, bytes: number) =>
      (await store.read(key, { range: { start, bytes } }))?.bytes.toString();
    expect(await textOf(store, key)).toBe('abcdef');
    expect(await range(1, 3)).toBe('bcd');
    expect(await range(4, 100)).toBe('ef');
    expect(await range(6, 1)).toBe('');
    expect(await range(100, 1)).toBe('');
    expect(await range(2, 0)).toBe('');
    const { version } = (await store.read(key))!;
    expect(await store.stat(key)).toMatchObject({ bytes: 6, version });
    expect(Math.abs((await store.stat(key))!.changedAt.getTime() - Date.now())).toBeLessThan(
      60_000,
    );
  });

  it('keeps empty content and bytes of all kinds', async () => {
    const key = `${await fresh(store)}/a`;
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await store.create(key, bytes);
    await store.create(`${key}-empty`, '');
    expect((await store.read(key))!.bytes).toEqual(bytes);
    expect(await textOf(store, `${key}-empty`)).toBe('');
    expect((await store.stat(`${key}-empty`))!.bytes).toBe(0);
  });

  it('lets exactly one of several writers make a thing, and keeps what that one wrote', async () => {
    const prefix = await fresh(store);
    await times(8, async (round) => {
      const key = `${prefix}/${round}`;
      const isMade = await times(8, (writer) => store.create(key, `writer ${writer}`));
      expect(isMade.filter(Boolean)).toHaveLength(1);
      expect(await textOf(store, key)).toBe(`writer ${isMade.indexOf(true)}`);
    });
    // Also where all write the same.
    const alike = await times(8, () => store.create(`${prefix}/alike`, 'same'));
    expect(alike.filter(Boolean)).toHaveLength(1);
  });

  it('replaces only what was read', async () => {
    const key = `${await fresh(store)}/a`;
    await store.replace(key, 'one');
    const { version } = (await store.read(key))!;
    await store.replace(key, 'two', { ifVersion: version });
    const stale = { ifVersion: version };
    await expect(store.replace(key, 'three', stale)).rejects.toThrow(VersionChanged);
    await expect(store.read(key, stale)).rejects.toThrow(VersionChanged);
    await expect(store.read(key, { ...stale, range: { start: 0, bytes: 1 } })).rejects.toThrow(
      VersionChanged,
    );
    expect(await textOf(store, key)).toBe('two');
    await store.remove([key]);
    await expect(store.replace(key, 'four', stale)).rejects.toThrow(VersionChanged);
    expect(await store.read(key, stale)).toBeUndefined();
  });

  it('shows what is large once it is whole, and nothing of what failed', async () => {
    const prefix = await fresh(store);
    const part = Buffer.alloc(1024 * 1024, 'x');
    await store.write(`${prefix}/large`, async (writer) => {
      for (let i = 0; i < 9; i++) await writer.write(part);
      await writer.write('end');
      expect(await keysOf(store, prefix)).toEqual([]);
    });
    const large = (await store.read(`${prefix}/large`))!.bytes;
    expect(large.equals(Buffer.concat([...Array<Buffer>(9).fill(part), Buffer.from('end')]))).toBe(
      true,
    );
    await store.write(`${prefix}/empty`, () => Promise.resolve());
    expect(await textOf(store, `${prefix}/empty`)).toBe('');
    for (const bytes of [10, 9 * part.length]) {
      const failed = store.write(`${prefix}/large`, async (writer) => {
        for (let left = bytes; left > 0; left -= part.length) await writer.write(part);
        throw new Error('as planned');
      });
      await expect(failed).rejects.toThrow('as planned');
    }
    expect((await store.stat(`${prefix}/large`))!.bytes).toBe(large.length);
    expect(await keysOf(store, prefix)).toEqual(['empty', 'large']);
  });

  it('lists what is below a prefix in the order of its keys, and the names one level below', async () => {
    const prefix = await fresh(store);
    for (const key of ['b/2', 'a', 'b/1/x', 'b-c', 'B', 'b/10', 'c/d/e'])
      await store.create(`${prefix}/${key}`, key);
    await store.replace(`${prefix}-other/z`, 'z');
    expect(await keysOf(store, prefix)).toEqual(['B', 'a', 'b-c', 'b/1/x', 'b/10', 'b/2', 'c/d/e']);
    expect(await keysOf(store, `${prefix}/b`)).toEqual(['1/x', '10', '2']);
    expect(await keysOf(store, `${prefix}/nothing`)).toEqual([]);
    const files: string[] = [];
    for await (const { key } of store.files(prefix)) files.push(key.slice(prefix.length + 1));
    expect(files).toEqual(['B', 'a', 'b-c']);
    const names: string[] = [];
    for await (const name of store.folders(prefix)) names.push(name);
    expect(names).toEqual(['b', 'c']);
    const top: string[] = [];
    for await (const name of store.folders('')) top.push(name);
    expect(top).toContain(prefix);
  });

  it('removes what it is told to, and minds nothing that is not there', async () => {
    const prefix = await fresh(store);
    await times(3, (index) => store.create(`${prefix}/${index}`, ''));
    await store.remove([]);
    await store.remove([`${prefix}/0`, `${prefix}/none`, `${prefix}/no/folder`, `${prefix}/2`]);
    expect(await keysOf(store, prefix)).toEqual(['1']);
    expect(await store.create(`${prefix}/0`, 'again')).toBe(true);
  });

  it('takes names as people give them, and none that leads elsewhere', async () => {
    const prefix = await fresh(store);
    const names = ['ä b', 'a+b', 'a%2Fb', "it's", 'a&b=c?d#e', '<x>', '日本 😀'];
    for (const name of names) await store.create(`${prefix}/${name}`, name);
    for (const name of names) expect(await textOf(store, `${prefix}/${name}`)).toBe(name);
    expect((await keysOf(store, prefix)).sort()).toEqual([...names].sort());
    for (const key of ['../x', `${prefix}/../x`, '/x', `${prefix}//x`, 'a\nb', '', '.']) {
      await expect((async () => store.read(key))()).rejects.toThrow();
      await expect((async () => store.create(key, ''))()).rejects.toThrow();
    }
  });

  it('lets at most one of four attempts see itself alone in a log', async () => {
    const prefix = await fresh(store);
    await times(6, async (round) => {
      const alone = await times(4, async (attempt) => {
        const log = new Log<{ attempt: number }>(store, `${prefix}/${round}`);
        await log.add([{ attempt }]);
        const seen = await log.read();
        expect(seen).toContainEqual({ attempt });
        return seen.length === 1;
      });
      expect(alone.filter(Boolean).length).toBeLessThanOrEqual(1);
    });
  });

  it('does what a map would do, whatever it is asked for', async () => {
    const key = fc.constantFrom('a', 'a-b', 'a.b/c', 'd/e/f', 'd/e');
    const content = fc.string({ maxLength: 8 });
    const ops = fc.array(
      fc.oneof(
        fc.record({ op: fc.constant('create' as const), key, content }),
        fc.record({ op: fc.constant('replace' as const), key, content }),
        fc.record({ op: fc.constant('write' as const), key, content }),
        fc.record({ op: fc.constant('remove' as const), key, content }),
      ),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(ops, async (steps) => {
        const prefix = await fresh(store);
        const model = new MemoryStore();
        // A key is either a file or a folder on a disk; where the one is, the other is not asked for.
        for (const { op, key: name, content: text } of steps) {
          if (name === 'd/e') continue;
          const at = `${prefix}/${name}`;
          const act = async (each: Store): Promise<unknown> => {
            if (op === 'create') return each.create(at, text);
            if (op === 'replace') return each.replace(at, text);
            if (op === 'write') return each.write(at, (writer) => writer.write(text));
            return each.remove([at]);
          };
          expect(await act(store)).toEqual(await act(model));
        }
        expect(await keysOf(store, prefix)).toEqual(await keysOf(model, prefix));
        for await (const { key: at, bytes } of model.list(prefix)) {
          expect(await textOf(store, at)).toBe(await textOf(model, at));
          expect((await store.stat(at))!.bytes).toBe(bytes);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('proves that it can hold runs, and leaves nothing of the proof', async () => {
    const prefix = await fresh(store);
    await store.tidy(prefix);
    expect(await keysOf(store, prefix)).toEqual([]);
  });
});

describe('a bucket, by a bad way to it', () => {
  it('knows its own write again when its answer was lost, or when something on the way wrote twice', async () => {
    for (const fault of ['lose', 'twice'] as const) {
      const key = `${await fresh(faulty)}/a`;
      proxy.plan(fault, /^PUT .*\/a/);
      expect(await faulty.create(key, 'mine')).toBe(true);
      expect(await faulty.create(key, 'mine')).toBe(false);
      const { version } = (await faulty.read(key))!;
      proxy.plan(fault, /^PUT .*\/a/);
      await faulty.replace(key, 'newer', { ifVersion: version });
      expect(await textOf(faulty, key)).toBe('newer');
    }
  });

  it('asks again where a conflict or too much work is said', async () => {
    const key = `${await fresh(faulty)}/a`;
    proxy.plan({ status: 409, code: 'ConditionalRequestConflict' }, /^PUT/, 3);
    expect(await faulty.create(key, 'a')).toBe(true);
    proxy.plan({ status: 503, code: 'SlowDown' }, /^GET/, 2);
    expect(await textOf(faulty, key)).toBe('a');
    proxy.plan({ status: 500, code: 'InternalError' }, /^GET/, 2);
    expect(await keysOf(faulty, key.split('/')[0]!)).toEqual(['a']);
  });

  it('reads again where the connection breaks within the answer', async () => {
    const key = `${await fresh(faulty)}/a`;
    await faulty.create(key, 'x'.repeat(100_000));
    proxy.plan('cut', /^GET/, 2);
    expect((await faulty.read(key))!.bytes).toHaveLength(100_000);
  });

  it('uploads a part again whose connection was cut, and leaves nothing behind when it cannot', async () => {
    const prefix = await fresh(faulty);
    const part = Buffer.alloc(9 * 1024 * 1024, 'y');
    proxy.plan('cut-off', /^PUT .*partNumber=1/);
    await faulty.write(`${prefix}/a`, (writer) => writer.write(part));
    expect((await faulty.stat(`${prefix}/a`))!.bytes).toBe(part.length);
    proxy.plan({ status: 503, code: 'SlowDown' }, /^PUT .*partNumber=2/, 9);
    await expect(faulty.write(`${prefix}/b`, (writer) => writer.write(part))).rejects.toMatchObject(
      { name: 'StoreError', kind: 'away' },
    );
    proxy.plan({ status: 503, code: 'SlowDown' }, /^nothing/);
    expect(await keysOf(faulty, prefix)).toEqual(['a']);
    expect(proxy.requests.at(-2)).toMatchObject({ method: 'DELETE' });
  });

  it('does not take the write of a dead attempt that comes late for the one that was made since', async () => {
    const key = `${await fresh(faulty)}/a`;
    proxy.plan('late', /^PUT/, 3);
    await expect(faulty.create(key, 'dead')).rejects.toThrow(StoreError);
    expect(await faulty.create(key, 'living')).toBe(true);
    const { version } = (await faulty.read(key))!;
    proxy.plan('late', /^PUT/, 3);
    await expect(faulty.replace(key, 'dead', { ifVersion: version })).rejects.toThrow(StoreError);
    await faulty.replace(key, 'newest', { ifVersion: version });
    await proxy.deliver();
    expect(await textOf(faulty, key)).toBe('newest');
  });

  it('says in words what the operator has to mend, and quotes no secret', async () => {
    const key = `${await fresh(faulty)}/a`;
    const problemOf = async (store: Store): Promise<StoreError> => {
      const error: unknown = await store.create(key, 'a').catch((e: unknown) => e);
      if (error instanceof StoreError) return error;
      throw new Error('this was no StoreError', { cause: error });
    };
    proxy.plan({ status: 403, code: 'AccessDenied' }, /^PUT/);
    const denied = await problemOf(faulty);
    expect(denied.message).toMatch(
      /^s3:\/\/imports\/faulty fails at writing \(403 AccessDenied\): .*s3:PutObject/,
    );
    proxy.plan({ status: 301, code: 'PermanentRedirect' }, /^PUT/);
    const elsewhere = await problemOf(faulty);
    expect(elsewhere.message).toContain('Set AWS_REGION');
    const absent = await problemOf(await openStore('s3://no-such-bucket/runs', s3.env));
    expect(absent.message).toContain('no such bucket');
    for (const error of [denied, elsewhere, absent]) {
      expect(error.kind).toBe('refused');
      expect(JSON.stringify([error.message, error.stack])).not.toContain('not-a-secret');
    }
    proxy.plan({ status: 503, code: 'SlowDown' }, /^PUT/, 3);
    expect(await problemOf(faulty)).toMatchObject({ kind: 'away' });
  });

  it('removes the versions that a bucket keeps, and says so when it may not', async () => {
    const { S3Client, PutBucketVersioningCommand, ListObjectVersionsCommand } =
      await import('@aws-sdk/client-s3');
    const client = new S3Client({ forcePathStyle: true, endpoint: s3.url });
    const Bucket = BUCKET;
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const prefix = `t-${randomUUID()}`;
    await faulty.replace(`${prefix}/kept`, 'email of a person');
    await faulty.replace(`${prefix}/kept`, 'no person');
    await faulty.replace(`${prefix}/removed`, 'email of a person');
    await faulty.remove([`${prefix}/removed`]);
    await faulty.replace(`${prefix}-other/kept`, 'one');
    await faulty.replace(`${prefix}-other/kept`, 'two');
    const left = async (): Promise<string[]> => {
      const command = new ListObjectVersionsCommand({ Bucket, Prefix: `faulty/${prefix}` });
      const { Versions = [], DeleteMarkers = [] } = await client.send(command);
      return [...Versions, ...DeleteMarkers].map(({ Key }) => Key!.split('/').slice(1).join('/'));
    };
    expect(await left()).toHaveLength(6);
    proxy.plan({ status: 403, code: 'AccessDenied' }, /versions/);
    expect(await faulty.forget!(prefix)).toContain('s3:DeleteObjectVersion');
    expect(await faulty.forget!(prefix)).toBeUndefined();
    expect(await left()).toEqual([
      `${prefix}-other/kept`,
      `${prefix}-other/kept`,
      `${prefix}/kept`,
    ]);
    expect(await textOf(faulty, `${prefix}/kept`)).toBe('no person');
    client.destroy();
  });

  it('is refused before a run begins when it lacks a right that only the end of one needs', async () => {
    proxy.plan({ status: 403, code: 'AccessDenied' }, /uploads/);
    const probe = faulty.probe(`t-${randomUUID()}`);
    await expect(probe).rejects.toThrow('s3:ListBucketMultipartUploads');
    await expect(probe).rejects.toMatchObject({ kind: 'refused' });
  });

  it('is refused as a place for runs when it ignores conditions', async () => {
    proxy.plan('ignore', /^PUT .*probe-/, 3);
    const probe = faulty.probe(`t-${randomUUID()}`);
    await expect(probe).rejects.toThrow('ignores conditional writes');
    await expect(probe).rejects.toMatchObject({ kind: 'refused' });
    proxy.plan('ignore', /^nothing/);
  });
});
