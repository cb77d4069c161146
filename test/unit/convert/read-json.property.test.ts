import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, readJson, type JsonRecord } from '../../../src/convert/read-json.js';

/** Bytes in parts that end anywhere, also within a character or an escape. */
async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function recordsOf(text: string, places: string[], sizes = [64]): Promise<JsonRecord[]> {
  const records: JsonRecord[] = [];
  for await (const record of readJson(cut(Buffer.from(text), sizes), places)) records.push(record);
  return records;
}

async function outcomeOf(text: string, places: string[], sizes?: number[]): Promise<unknown> {
  try {
    return (await recordsOf(text, places, sizes)).map(({ value }) => value);
  } catch (error) {
    if (error instanceof JsonError) return 'refused';
    throw error;
  }
}

const parts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const spaces = fc.constantFrom(undefined, 0, 1, 2, '\t');
const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), {
  maxLength: 6,
});
/** JSON.stringify leaves no `__proto__` of a dictionary out, but assigning one would. */
const own = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('records of JSON', () => {
  it('of a list are what JSON.parse makes of it, in whatever parts it comes', async () => {
    const list = fc.array(fc.jsonValue(), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(list, spaces, parts, async (values, space, sizes) => {
        const text = JSON.stringify(values, undefined, space);
        const records = await recordsOf(text, ['$.*'], sizes);
        expect(records.map(({ value }) => value)).toEqual(own(values));
      }),
    );
  });

  it('are found again by their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(objects, spaces, parts, async (values, space, sizes) => {
        const text = JSON.stringify({ before: { users: values }, users: values }, undefined, space);
        const bytes = Buffer.from(text);
        const records = await recordsOf(text, ['$.users.*'], sizes);
        expect(records.map(({ path }) => path)).toEqual(values.map(() => ['users']));
        const again = records.map(
          ({ start, end }) => JSON.parse(bytes.subarray(start, end).toString()) as unknown,
        );
        expect(again).toEqual(own(values));
      }),
    );
  });

  it('one after the other are read like a list of them', async () => {
    const between = fc.constantFrom('\n', '\r\n', '\n\n', ' ');
    await fc.assert(
      fc.asyncProperty(objects, between, parts, async (values, separator, sizes) => {
        const text = values.map((value) => JSON.stringify(value) + separator).join('');
        const records = await recordsOf(`\uFEFF${text}`, ['$'], sizes);
        expect(records.map(({ value }) => value)).toEqual(own(values));
      }),
    );
  });

  it('of what is no JSON are refused, as JSON.parse refuses it, wherever the parts end', async () => {
    const text = fc
      .tuple(objects, spaces)
      .map(([values, space]) => JSON.stringify(values, undefined, space));
    const damage = fc.record({
      at: fc.nat(400),
      deleted: fc.integer({ min: 0, max: 3 }),
      inserted: fc.constantFrom('', '', '"', '{', ']', ',', ':', '\\', 'x', '1', 'null', '\u0001'),
    });
    await fc.assert(
      fc.asyncProperty(text, damage, parts, async (whole, { at, deleted, inserted }, sizes) => {
        const place = at % (whole.length + 1);
        const damaged = whole.slice(0, place) + inserted + whole.slice(place + deleted);
        // Half a character becomes another one.
        const text = Buffer.from(damaged).toString();
        fc.pre(text.trimStart().startsWith('['));
        let expected: unknown = 'refused';
        try {
          expected = JSON.parse(text) as unknown;
        } catch {
          // Refused it is.
        }
        expect(await outcomeOf(text, ['$.*'], sizes)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('that are cut off anywhere are refused', async () => {
    const text = JSON.stringify({ realm: 'acme', users: [{ id: 'ä', list: [1, { a: '\\"' }] }] });
    for (let length = 1; length < text.length; length++) {
      expect(await outcomeOf(text.slice(0, length), ['$.users.*'])).toBe('refused');
    }
  });

  it('have a key like __proto__ for their own, and no prototype by it', async () => {
    const [record] = await recordsOf('[{"__proto__":{"isAdmin":true}}]', ['$.*']);
    expect(Object.keys(record!.value as object)).toEqual(['__proto__']);
    expect((record!.value as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('in another encoding than UTF-8 are refused at their first byte', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (sizes) => {
        const bytes = Buffer.concat([
          Buffer.from('["Zoë","Zo'),
          Buffer.from([0xeb]),
          Buffer.from('"]'),
        ]);
        const read = async () => {
          for await (const _ of readJson(cut(bytes, sizes), ['$.*']));
        };
        await expect(read()).rejects.toMatchObject({ name: 'JsonError', at: 11 });
      }),
    );
  });

  it('that never end are refused before they fill the memory', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('[{"id":"');
      for (let i = 0; i < 1000; i++) yield Buffer.alloc(64 * 1024, 'x');
      throw new Error('all of it was read');
    }
    const read = async () => {
      for await (const _ of readJson(endless(), ['$.*']));
    };
    await expect(read()).rejects.toThrow('has a record without an end');
  });
});
