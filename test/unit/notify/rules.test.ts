import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Occasion } from '../../../src/contract/notification.js';
import {
  nothingTold,
  STALLED_AFTER_MS,
  whatToTell,
  type Standing,
} from '../../../src/notify/rules.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const PLAN: Occasion = { what: 'awaiting-approval', reason: 'plan' };
const CANARY: Occasion = { what: 'awaiting-approval', reason: 'canary' };
const PAUSED: Occasion = { what: 'paused', reason: 'operator' };
const STALLED: Occasion = { what: 'stalled', reason: 'unavailable' };

/** How a run stands, from a time on. */
type Change = Partial<Standing> & { at: number };

/** What is told, and when, of a run that asks at each change and whenever it was told to. */
function toldOf(changes: Change[], until = Infinity) {
  let told = nothingTold({ webhook: true, mails: 0 });
  const all: { at: number; what: Occasion }[] = [];
  let askAgainAt = Infinity;
  const ask = (standing: Standing, at: number): void => {
    const next = whatToTell(told, standing, at);
    ({ told, askAgainAt } = next);
    all.push(...next.tell.map((what) => ({ at: at - NOW, what })));
  };
  for (const [i, { at, occasions = [], isStalled = false }] of changes.entries()) {
    const standing = { occasions, isStalled };
    ask(standing, NOW + at);
    const end = NOW + Math.min(changes[i + 1]?.at ?? Infinity, until);
    while (askAgainAt < end) ask(standing, askAgainAt);
  }
  expect(told.count).toBe(all.length);
  return all;
}

describe('operators are told', () => {
  it('once of what holds for long, and again when it has come anew', () => {
    const changes = [
      { at: 0, occasions: [PLAN] },
      { at: 5, occasions: [PLAN] },
      { at: 7, occasions: [] },
      { at: 9, occasions: [PLAN] },
    ];
    expect(toldOf(changes)).toEqual([
      { at: 0, what: PLAN },
      { at: 9, what: PLAN },
    ]);
  });

  it('of each thing that holds at once', () => {
    const changes = [
      { at: 0, occasions: [CANARY] },
      { at: 1, occasions: [CANARY, PAUSED] },
    ];
    expect(toldOf(changes)).toEqual([
      { at: 0, what: CANARY },
      { at: 1, what: PAUSED },
    ]);
  });

  it('of nothing before its time, and then also when nothing changes', () => {
    const changes = [{ at: 0, occasions: [{ ...PLAN, from: NOW + 5 * MINUTE }] }];
    expect(toldOf(changes, HOUR)).toEqual([{ at: 5 * MINUTE, what: PLAN }]);
  });

  it('of a server that has been away for five minutes, once, and of none that is back before', () => {
    const changes = [
      { at: 0, isStalled: true },
      { at: STALLED_AFTER_MS - 1, isStalled: false },
      { at: 10 * MINUTE, isStalled: true },
    ];
    expect(toldOf(changes, 30 * HOUR)).toEqual([
      { at: 10 * MINUTE + STALLED_AFTER_MS, what: STALLED },
    ]);
  });

  it('three times at once of what comes and goes, then hourly, and at last of what still holds', () => {
    const flapping = Array.from({ length: 11 }, (_, i) => ({
      at: i * MINUTE,
      occasions: i % 2 === 0 ? [PAUSED] : [],
    }));
    expect(toldOf(flapping, 24 * HOUR).map(({ at }) => at)).toEqual([
      ...[0, 2 * MINUTE, 4 * MINUTE],
      // Of the pause that began at 10 minutes.
      4 * MINUTE + HOUR,
    ]);
  });

  it('anew once it has not come for a day', () => {
    const on = (at: number) => [
      { at, occasions: [PAUSED] },
      { at: at + 1, occasions: [] },
    ];
    const changes = [on(0), on(2), on(4), on(26 * HOUR), on(26 * HOUR + 2)].flat();
    expect(toldOf(changes)).toHaveLength(5);
  });

  it('of one reason a few times an hour at most, whatever comes and goes, and never for ever not', () => {
    const change = fc.record({ gap: fc.integer({ min: 1, max: 20 * MINUTE }), isOn: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (gaps) => {
        let at = 0;
        const changes = gaps.map(({ gap, isOn }) => ({
          at: (at += gap),
          occasions: isOn ? [PAUSED] : [],
        }));
        const last = { at: at + 1, occasions: [PAUSED] };
        const told = toldOf([...changes, last], at + 48 * HOUR).map((each) => each.at);
        for (const start of told) {
          expect(told.filter((t) => t >= start && t < start + HOUR).length).toBeLessThanOrEqual(3);
        }
        const begun = [...changes, last].findLastIndex(({ occasions }) => occasions.length === 0);
        const since = [...changes, last][begun + 1]!.at;
        expect(told.some((t) => t >= since && t <= at + 1 + HOUR)).toBe(true);
      }),
    );
  });
});
