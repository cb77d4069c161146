/**
 * A step of many mails: invitations of one chunk, each at its own slot, several on their way at once, and each with a
 * record of its own. It ends early where going on would only fail, and hands back what it has not begun.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { linesOf, toLineRanges } from '../contract/line-ranges.js';
import type { InvitationResult } from '../contract/invitations.js';
import type { StoredIdentity } from '../identity/identity.js';
import { readDueUsers } from '../store/due-users.js';
import {
  isDecided,
  readInvitations,
  StepLedger,
  type InvitationEntry,
} from '../store/invitation-ledger.js';
import type { OpenChunk } from '../store/open-run.js';
import { MAILS_AT_ONCE } from './kratos-in-turns.js';
import { LONGEST_STEP_MS } from './pace.js';
import { isAboutSender, type Failure } from './queue.js';
import {
  inviteUser,
  readUsers,
  repeatDecision,
  type RowInvitation,
  type SendInvitationDeps,
} from './send-invitation.js';
import { StepEnd } from './step-end.js';
import { addResult, type MailEnd, type StepResult } from './step-result.js';

export interface MailStep extends OpenChunk, Pick<RowInvitation, 'settings'> {
  /** An id, which no other step has. */
  step: string;
  /** As ranges, in ascending order. */
  lines: string;
  /** Milliseconds until the first slot, and from each to the next. */
  waitMs: number;
  everyMs: number;
}

export interface StepOptions {
  /** Asked before each mail: a step that was given up sends none. */
  isGivenUp: () => boolean;
  /** Aborted when the step is given up. */
  signal: AbortSignal;
  /** Aborted when the worker is being ended: what is on its way comes to its end, the rest is handed back. */
  handBack?: AbortSignal | undefined;
  /** The failure of one mail. */
  toFailure: (error: unknown) => Failure;
}

/** Users are read, and their mails announced in the ledger, for so long a time. */
const GROUP_MS = 250;
/** Of those who are read, a step that ends early leaves some; one request to Kratos tells of as many as the most. */
const IN_A_GROUP = { fewest: 25, most: 100 };
/**
 * Nothing begins so long after the last slot, but for a step whose users were read late: a server that is slower than
 * the pace makes no step longer than the longest.
 */
const LATEST_MS = 300;
/** Ends are told apart by so many milliseconds. */
const END_MS = 50;

/**
 * @returns what became of each mail, once none is on its way any more
 * @throws what keeps all of them from being begun
 */
export async function sendStep(
  deps: SendInvitationDeps,
  step: MailStep,
  options: StepOptions,
): Promise<StepResult> {
  const sending = new Sending(deps, step, options);
  await sending.run();
  return sending.result();
}

/** Mails whose turn comes at about the same time. */
interface Group {
  lines: number[];
  /** Those of which one request to Kratos told enough. */
  users: Map<string, StoredIdentity>;
  /** Why none of them can be begun. */
  error?: unknown;
}

class Sending {
  private readonly startedAt = performance.now();
  private readonly lines: number[];
  private readonly ledger: StepLedger;
  private readonly end = new StepEnd();
  private readonly ends: MailEnd[] = [];
  private readonly endedAt: number[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private begun = 0;
  private prepared = 0;
  private groupSize = IN_A_GROUP.fewest;
  private readyAt = this.startedAt;
  private decided = new Map<number, InvitationEntry>();
  private ids = new Map<number, string>();

  constructor(
    private readonly deps: SendInvitationDeps,
    private readonly step: MailStep,
    private readonly options: StepOptions,
  ) {
    this.lines = linesOf(step.lines);
    this.ledger = new StepLedger(step, step.step);
  }

  async run(): Promise<void> {
    this.decided = await readInvitations(this.step);
    this.ids = await readDueUsers(this.step, this.lines);
    let next = this.prepare();
    this.readyAt = (await next, performance.now());
    while (this.begun < this.lines.length && !this.isOver()) {
      const group = await next;
      const startedAt = performance.now();
      // Read while the ones before are on their way.
      next = this.prepare();
      await this.send(group);
      this.groupTook(performance.now() - startedAt);
    }
    await Promise.all([...this.inFlight, next]);
  }

  result(): StepResult {
    const now = performance.now();
    const endedAgo = new Map<number, number>();
    for (const at of this.endedAt) {
      const ms = Math.floor((now - at) / END_MS) * END_MS;
      endedAgo.set(ms, (endedAgo.get(ms) ?? 0) + 1);
    }
    const untried = toLineRanges(this.lines.slice(this.begun));
    // What succeeded after them had begun before them: the queue must not take it for the servers' return.
    const ends = [...this.ends.filter((end) => !endsStep(end)), ...this.ends.filter(endsStep)];
    return { ends, endedAgo: [...endedAgo], untried };
  }

  /** A group is as large as what goes out in its time. */
  private groupTook(ms: number): void {
    const { fewest, most } = IN_A_GROUP;
    const size = ms < GROUP_MS ? this.groupSize * 2 : this.groupSize / 2;
    this.groupSize = Math.min(most, Math.max(fewest, Math.ceil(size)));
  }

  /** Reads the next users, and announces their mails in the ledger. Never throws. */
  private async prepare(): Promise<Group> {
    const lines = this.lines.slice(this.prepared, this.prepared + this.groupSize);
    this.prepared += lines.length;
    const undecided = lines.filter((line) => !isDecided(this.decided.get(line)));
    const ids = undecided.flatMap((line) => this.ids.get(line) ?? []);
    try {
      const [found] = await Promise.all([
        ids.length > 0 ? readUsers(this.deps.kratos, ids) : [],
        undecided.length > 0 ? this.ledger.begin(undecided) : undefined,
      ]);
      return { lines, users: new Map(found.map((user) => [user.id, user])) };
    } catch (error) {
      return { lines, users: new Map(), error };
    }
  }

  private async send({ lines, users, error }: Group): Promise<void> {
    for (const line of lines) {
      await this.untilSlot();
      while (this.inFlight.size >= this.end.mostAtOnce(MAILS_AT_ONCE))
        await Promise.race(this.inFlight);
      if (this.isOver()) return;
      this.begun++;
      if (error !== undefined) {
        this.fail(line, error);
        // The others are handed back: what keeps a whole group is seldom better for the next one.
        this.end.reach();
        return;
      }
      const mail = this.sendOne(line, users).finally(() => this.inFlight.delete(mail));
      this.inFlight.add(mail);
    }
  }

  private slotOf(mail: number): number {
    const { waitMs, everyMs } = this.step;
    return this.startedAt + waitMs + mail * everyMs;
  }

  /** A timer may be early by a part of a millisecond; a mail must not. */
  private async untilSlot(): Promise<void> {
    const slot = this.slotOf(this.begun);
    for (let now; (now = performance.now()) < slot && !this.isOver();) {
      await sleep(Math.ceil(slot - now), undefined, { signal: this.options.signal });
    }
  }

  private isOver(): boolean {
    const { isGivenUp, handBack } = this.options;
    const firstSlot = this.slotOf(0);
    const lastSlot = Math.max(this.slotOf(this.lines.length - 1), firstSlot + LONGEST_STEP_MS);
    const late = Math.max(0, this.readyAt - firstSlot);
    const isLate = performance.now() > lastSlot + late + LATEST_MS;
    return this.end.isReached || isLate || isGivenUp() || handBack?.aborted === true;
  }

  /** Never throws. */
  private async sendOne(line: number, users: Map<string, StoredIdentity>): Promise<void> {
    let answeredAt: number | undefined;
    const onAnswer = () => (answeredAt = performance.now());
    try {
      const result = await this.resultOf(line, users, onAnswer);
      if (result.mailed) this.endedAt.push(answeredAt ?? performance.now());
      this.end.ended(result);
      addResult(this.ends, result);
    } catch (error) {
      this.endedAt.push(answeredAt ?? performance.now());
      this.fail(line, error);
    }
  }

  private async resultOf(
    line: number,
    users: Map<string, StoredIdentity>,
    onAnswer: () => void,
  ): Promise<InvitationResult> {
    const { deps, step, ledger, options } = this;
    const id = this.ids.get(line);
    const decided = this.decided.get(line);
    if (isDecided(decided)) return repeatDecision(deps, decided, id);
    const user = id === undefined ? undefined : (users.get(id) ?? (await deps.kratos.get(id)));
    return inviteUser(
      deps,
      { ...step, line, user, isGone: id !== undefined && !user },
      { record: (entry) => ledger.add(entry), isGivenUp: options.isGivenUp, onAnswer },
    );
  }

  private fail(line: number, error: unknown): void {
    const failure = this.options.toFailure(error);
    this.end.failed(failure);
    this.ends.push({ line, failure });
  }
}

/** Whether nothing began after it. */
function endsStep(end: MailEnd): boolean {
  return 'failure' in end && isAboutSender(end.failure.type);
}
