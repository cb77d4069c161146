import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecordIndex, type RecordPlace } from '../../../src/convert/record-index.js';

it('knows every record of each id, however many there are', () => {
  const record = fc.record({
    id: fc.integer({ min: 0, max: 30 }).map(String),
    start: fc.integer({ min: 0, max: 2 ** 45 }),
    length: fc.integer({ min: 1, max: 2 ** 24 }),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 200 }), (records) => {
      const index = new RecordIndex();
      const model = new Map<string, RecordPlace[]>();
      for (const { id, start, length } of records) {
        const place = { start, end: start + length };
        index.add(id, place);
        model.set(id, [...(model.get(id) ?? []), place]);
      }
      expect(index.ids).toBe(model.size);
      expect(index.placesOf('nobody')).toEqual([]);
      const byStart = (a: RecordPlace, b: RecordPlace) => a.start - b.start || a.end - b.end;
      for (const [id, places] of model) {
        const found = index.placesOf(id);
        expect(found[0]).toEqual(places[0]);
        expect(found.sort(byStart)).toEqual(places.sort(byStart));
      }
    }),
  );
});
