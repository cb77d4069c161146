/** Whatever comes between the chunks of an import, in any order: its gates hold, and it comes to its end. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CommandName } from '../../../../src/contract/import/commands.js';
import type { ImportRequest } from '../../../../src/contract/import/input.js';
import { whyAsk, type SourceFindings } from '../../../../src/contract/import/leavers.js';
import { complementOf, openRanges } from '../../../../src/contract/import/open-chunks.js';
import { NO_COUNTS } from '../../../../src/contract/import/outcomes.js';
import type { Stall } from '../../../../src/contract/status.js';
import { importStateSchema } from '../../../../workflows/import-users/carried.js';
import {
  applyCommand,
  applyStall,
  checkCommand,
} from '../../../../workflows/import-users/commands.js';
import {
  lastChunk,
  numbersOf,
  openChunks,
  portionsToAskBack,
  takeBack,
  takePortion,
  type PortionInFlight,
} from '../../../../workflows/import-users/portions.js';
import {
  allowedChunks,
  awaitApproval,
  beginChunks,
  beginLeaving,
  endStall,
  nextStep,
  recordLostPortion,
  recordPortion,
  recordSignIns,
  type ImportRun,
} from '../../../../workflows/import-users/state.js';
import { clearStall } from '../../../../workflows/shared/pausing.js';
import { carry, parseCarried } from '../../../../workflows/shared/continue-as-new.js';
import { chunkOf, findingsOf, NOW, REF, runOf, SHA256 } from './runs.js';

const LAST = { workflowId: 'nightly', runId: '00000000-0000-4000-8000-000000000001' };

type Event =
  | { kind: 'command'; name: CommandName; argument?: unknown }
  | { kind: 'stall'; stall: Stall }
  | { kind: 'end'; which: number; how: 'whole' | 'part' | 'nothing' | 'lost'; failed: number }
  | { kind: 'continue' };

const command = (name: CommandName, argument: fc.Arbitrary<unknown> = fc.constant(undefined)) =>
  fc.record({ kind: fc.constant('command' as const), name: fc.constant(name), argument });

const EVENT: fc.Arbitrary<Event> = fc.oneof(
  command('pause'),
  command('resume'),
  command('approve'),
  command('setMode', fc.constantFrom('skip', 'update')),
  command('setConcurrency', fc.integer({ min: 1, max: 6 })),
  fc.record({
    kind: fc.constant('stall' as const),
    stall: fc.constantFrom<Stall>('overloaded', 'unauthorized', 'unavailable'),
  }),
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(9),
      how: fc.constantFrom<'whole' | 'part' | 'nothing' | 'lost'>(
        'whole',
        'part',
        'nothing',
        'lost',
      ),
      failed: fc.constantFrom(0, 0, 60),
    }),
  },
  fc.record({ kind: fc.constant('continue' as const) }),
);

/** What the window does, on the state alone; and what must hold whenever a portion starts. */
class Model {
  readonly run: ImportRun;
  readonly done: number[] = [];
  readonly lost: number[] = [];
  private readonly asked = new Set<PortionInFlight>();
  private isUpdateApproved = false;
  private isAdoptionApproved = false;
  private areLeaversApproved = false;
  private isLong = false;
  private isOver = false;
  private now = NOW;
  /** The chunks of the file that have work left. */
  private readonly open: number[];

  constructor(
    private readonly chunks: number,
    private readonly canary: number,
    input: Partial<ImportRequest>,
    source?: SourceFindings,
    lastRows?: number,
  ) {
    const findings = findingsOf({ chunks, canaryChunks: canary, source });
    this.open = source ? source.open.flatMap(numbersOf) : numbersOf({ chunk: 1, chunks });
    const last =
      lastRows === undefined
        ? undefined
        : { run: LAST, rows: lastRows, open: 0, startedAt: new Date(NOW).toISOString() };
    const taken = { file: 'users.csv', sha256: SHA256, last };
    const state = { findings, phase: 'validating' as const, ...(source && { taken }) };
    this.run = runOf(state, { ...input, canaryRows: canary * 100 });
    delete this.run.state.started;
    beginChunks(this.run.state, NOW);
  }

  happen(event: Event): void {
    if (this.isOver) return;
    this.now += 1000;
    const { state } = this.run;
    switch (event.kind) {
      case 'command': {
        const checked = checkCommand(state, event.name, event.argument, false);
        if (!checked.ok) break;
        if (event.name === 'approve' && state.approvalMode === 'update') {
          const what = state.pendingApproval!;
          this.isUpdateApproved = true;
          if (what === 'plan' || what === 'adoption') this.isAdoptionApproved = true;
          if (what === 'plan' || what === 'adoption' || what === 'leavers') {
            this.areLeaversApproved = true;
          }
        }
        applyCommand(state, checked.command, this.now);
        break;
      }
      case 'stall':
        applyStall(this.run, { runId: REF.runId, kind: event.stall, text: 'x' }, this.now);
        break;
      case 'end':
        this.end(event);
        break;
      case 'continue':
        this.isLong = true;
    }
    this.goOn();
  }

  /** @returns whether all is over */
  goOn(): boolean {
    for (;;) {
      const { run } = this;
      for (const portion of portionsToAskBack(run, allowedChunks(run.state))) {
        this.asked.add(portion);
      }
      const step = nextStep(run, { hasFailed: false, continueAsNewSuggested: this.isLong });
      if (step === undefined) return false;
      if (step === 'over') return (this.isOver = true);
      if (step === 'chunk') this.start();
      else if (step === 'leave') this.leave();
      else if (step === 'begin') {
        run.state.started = true;
        endStall(run.state, this.now);
      } else if (step === 'continue-as-new') this.continueAsNew();
      else if (step === 'signIns') recordSignIns(run.state, { problem: 'x' });
      else {
        // Whoever approves the canary rows sees what became of all of them.
        const seen = [...this.done, ...this.lost].filter((chunk) => chunk <= this.canary);
        if (step === 'canary') expect(seen).toHaveLength(this.canary);
        expect(run.inFlight.size).toBe(0);
        awaitApproval(run, step, this.now);
      }
    }
  }

  /** Nobody leaves while anything of the file is left, or open, or existing users are skipped. */
  private leave(): void {
    const { run } = this;
    const { state, input } = run;
    expect(this.lost).toEqual([]);
    expect(this.done.toSorted((a, b) => a - b)).toEqual(this.open);
    expect(run.inFlight.size).toBe(0);
    expect(state.pausedBy).toEqual([]);
    expect(state.mode).toBe('update');
    expect(input.missing.do).not.toBe('nothing');
    beginLeaving(run, this.now);
  }

  private start(): void {
    const { run, canary } = this;
    const { state, input } = run;
    expect(state.pausedBy).toEqual([]);
    expect(state.pendingApproval).toBeUndefined();
    expect(run.inFlight.size).toBeLessThan(allowedChunks(state));
    const portion = takePortion(run, allowedChunks(state));
    const numbers = numbersOf(portion);
    const taken = [...[...run.inFlight].flatMap(numbersOf), ...this.done, ...this.lost];
    expect(numbers.filter((number) => taken.includes(number))).toEqual([]);
    expect(numbers.length).toBeGreaterThan(0);
    const isOfFile = numbers.every((number) => number <= this.chunks);
    if (isOfFile) expect(this.open).toEqual(expect.arrayContaining(numbers));
    else {
      expect(state.leaving).toBe(true);
      expect(numbers[0]).toBeGreaterThan(this.chunks);
      expect(numbers.at(-1)).toBeLessThanOrEqual(lastChunk(run));
    }
    if (input.dryRun === false) {
      const { rows, source } = state.findings!;
      if (source && portion.mode === 'update') {
        const lastRows = state.taken?.last?.rows;
        const isAsked = whyAsk(source, rows, lastRows, input.missing).length > 0;
        if (isAsked) expect(this.areLeaversApproved).toBe(true);
        if (input.adopt && source.adoptable > 0) expect(this.isAdoptionApproved).toBe(true);
      }
      const isCanary = numbers.at(-1)! <= canary;
      if (input.approval === 'required') expect(state.approved).toContain('plan');
      if (canary > 0 && !isCanary) {
        expect(numbers[0]).toBeGreaterThan(canary);
        expect(state.approved).toContain('canary');
      }
      const isAsked = input.approval === 'required' || (canary > 0 && !isCanary);
      if (isAsked && portion.mode === 'update') expect(this.isUpdateApproved).toBe(true);
    }
    run.inFlight.add(portion);
  }

  private end({ which, how, failed }: Extract<Event, { kind: 'end' }>): void {
    const { run } = this;
    const portions = [...run.inFlight];
    const portion = portions[which % portions.length];
    if (!portion) return;
    const isAsked = this.asked.has(portion);
    const isStopped = run.state.pausedBy.some((reason) => reason !== 'token');
    if (isStopped || portion.mode !== run.state.mode) expect(isAsked).toBe(true);
    if (how === 'lost' && !isAsked) {
      this.lost.push(...numbersOf(portion));
      recordLostPortion(run.state, portion, this.now);
    } else if (how === 'lost') takeBack(run.state, portion, 0);
    else {
      // At least one, where nobody asks for the rest.
      const some = Math.max(isAsked ? 0 : 1, how === 'part' ? portion.chunks >> 1 : 0);
      const done = how === 'whole' ? portion.chunks : some;
      this.done.push(...numbersOf(portion).slice(0, done));
      recordPortion(run, portion, { ...chunkOf(failed), done }, this.now);
    }
    run.inFlight.delete(portion);
    this.asked.delete(portion);
    if (run.inFlight.size === 0) clearStall(run.state);
  }

  private continueAsNew(): void {
    expect(this.run.inFlight.size).toBe(0);
    const carried: unknown = JSON.parse(JSON.stringify(carry(this.run.state)));
    this.run.state = parseCarried(carried, importStateSchema());
    beginChunks(this.run.state, this.now);
    this.isLong = false;
  }

  /** Nobody disturbs it any more, and the operator agrees to all. */
  finish(): void {
    for (let i = 0; !this.goOn(); i++) {
      expect(i).toBeLessThan(10 * this.chunks + 100);
      this.happen({ kind: 'command', name: 'resume' });
      this.happen({ kind: 'command', name: 'approve' });
      this.happen({ kind: 'end', which: 0, how: 'whole', failed: 0 });
    }
    const { findings, leaving, leaverCounts, chunksDone } = this.run.state;
    const { source } = findings!;
    const leavers = numbersOf({
      chunk: this.chunks + 1,
      chunks: lastChunk(this.run) - this.chunks,
    });
    expect([...this.done, ...this.lost].sort((a, b) => a - b)).toEqual([...this.open, ...leavers]);
    expect(chunksDone).toBe(this.done.length + (source?.skippedChunks ?? 0));
    if (!leaving) expect(leaverCounts).toEqual(NO_COUNTS);
    const mayLeave = this.run.input.missing.do !== 'nothing' && this.lost.length === 0;
    const isUpdate = this.run.state.mode === 'update';
    if (source && source.leavers > 0 && mayLeave && isUpdate) expect(leaving).toBe(true);
    expect(openChunks(this.run).sort((a, b) => a - b)).toEqual(this.lost.sort((a, b) => a - b));
  }
}

const INPUT = {
  approval: fc.constantFrom('required' as const, 'none' as const),
  concurrency: fc.integer({ min: 1, max: 6 }),
};

it('passes by no gate, gives no chunk out twice at a time, and comes to its end', () => {
  const setting = fc.record({
    chunks: fc.integer({ min: 1, max: 40 }),
    canary: fc.nat(3),
    input: fc.record({
      mode: fc.constantFrom('skip' as const, 'update' as const),
      ...INPUT,
    }),
  });
  fc.assert(
    fc.property(
      setting,
      fc.array(EVENT, { maxLength: 80 }),
      ({ chunks, canary, input }, events) => {
        const model = new Model(chunks, Math.min(canary, chunks), input);
        model.goOn();
        for (const event of events) model.happen(event);
        model.finish();
      },
    ),
    { numRuns: 200 },
  );
});

it('of a source: nobody leaves unapproved, nor before the file is done, nor where existing users are skipped', () => {
  const setting = fc.record({
    canary: fc.nat(3),
    open: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
    most: fc.integer({ min: 1, max: 10 }),
    lastRows: fc.option(fc.constantFrom(1000, 2000), { nil: undefined }),
    found: fc.record({
      scope: fc.constantFrom(0, 1000, 100_000),
      leavers: fc.constantFrom(0, 0, 1, 100, 101, 900),
      told: fc.constantFrom(0, 0, 1, 500),
      unreadable: fc.constantFrom(0, 0, 1),
      adoptable: fc.constantFrom(0, 0, 7),
    }),
    input: fc.record({
      dryRun: fc.constantFrom(false as const, false as const, 'live' as const),
      missing: fc.record({
        do: fc.constantFrom('nothing', 'report', 'deactivate', 'delete'),
        scope: fc.constant('hr'),
      }),
      adopt: fc.boolean(),
      ...INPUT,
    }),
  });
  fc.assert(
    fc.property(setting, fc.array(EVENT, { maxLength: 80 }), (drawn, events) => {
      const chunks = drawn.open.length;
      const canary = Math.min(drawn.canary, chunks);
      const states = drawn.open.map((isOpen, i) => ({
        number: i + 1,
        isOpen: isOpen || i < canary,
      }));
      const open = openRanges(states, canary, drawn.most);
      const skippedChunks = complementOf(open, chunks).flatMap(numbersOf).length;
      const skipped = { skippedRows: 100 * skippedChunks, skippedInvalid: 0, skippedChunks };
      const source = { ...drawn.found, settled: 0, open, ...skipped };
      const input = { ...drawn.input, mode: 'update' as const };
      const model = new Model(chunks, canary, input, source, drawn.lastRows);
      model.goOn();
      for (const event of events) model.happen(event);
      model.finish();
    }),
    { numRuns: 300 },
  );
});
