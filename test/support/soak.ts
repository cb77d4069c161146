/** One round of the soak: it carries out its plan on real servers, and then looks for what is not true. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import bcrypt from 'bcrypt';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import type { CommandName } from '../../src/contract/import/commands.js';
import type { Progress } from '../../src/contract/import/progress.js';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import { Chance } from './chance.js';
import { WorkerPool } from './chaos.js';
import { createUsers } from './existing-users.js';
import type { FaultProxy } from './fault-proxy.js';
import { historiesOf } from './histories.js';
import { canLogIn } from './identities.js';
import { progressOf, table, type Imports } from './imports.js';
import type { MailServer } from './mail-server.js';
import { reportIn } from './run-folders.js';
import {
  described,
  DOMAIN,
  MAIL_TROUBLES,
  NAME,
  type SoakEvent,
  type SoakPerson,
  type SoakPlan,
} from './soak-plan.js';
import {
  auditRowsOf,
  differences,
  isDue,
  Ledger,
  Mails,
  snapshotOf,
  whole,
  wrongAudit,
  wrongFiles,
  type Incident,
  type Line,
  type Snapshot,
  type SoakEventRow,
  type SoakRun,
} from './soak-truth.js';
import type { TcpProxy } from './tcp-proxy.js';
import { startUndo, undoProgressOf } from './undo.js';
import type { World } from './world.js';

/** What all rounds have in common. */
export interface SoakStage {
  world: World;
  all: Imports;
  proxy: FaultProxy;
  auditProxy: TcpProxy;
  mailServer: MailServer;
}

const PASSWORD_BEFORE = 'the password of before';
const PASSWORD_OF_HASH = 'the password behind the hash';
const MOST_RUNS = 4;
/** The rate of mails at the end of a run. */
const FAST = 600;
/** Longer than anything waits once all faults are over. */
const STUCK_MS = 8 * 60_000;
const MOST_EVENTS_OF_A_HISTORY = 6000;
const MOST_BYTES_OF_A_HISTORY = 5_000_000;

export class SoakRound {
  /** What is not true. */
  readonly wrong: string[] = [];
  private readonly id: string;
  private readonly people: SoakPerson[];
  private readonly workers: WorkerPool;
  private readonly runs: SoakRun[] = [];
  private readonly incidents: Incident[] = [];
  private readonly results = new Map<string, Line[]>();
  private readonly begun = Date.now();
  private commands: Promise<void>[] = [];
  private resumes = 0;
  private handle!: WorkflowHandle;
  private run!: SoakRun;
  private before!: Snapshot;
  private ledger!: Ledger;
  private writesLate: { answerAfterMs?: number } = {};

  constructor(
    private readonly stage: SoakStage,
    private readonly plan: SoakPlan,
  ) {
    this.id = `soak-${plan.seed}`;
    this.people = plan.people;
    this.workers = new WorkerPool(stage.world, new Chance(plan.victims), {
      KRATOS_ADMIN_URL: stage.proxy.url,
      SMTP_URL: stage.mailServer.url,
      AUDIT_DATABASE_URL: stage.auditProxy.url(stage.world.databaseUrl),
    });
  }

  async play(): Promise<void> {
    console.log(described(this.plan));
    try {
      await this.begin();
      await this.importAmidEvents();
      await this.undo();
    } finally {
      await this.calm();
      await this.workers.stop();
    }
    await this.checkLeftovers();
  }

  private say(text: string): void {
    console.log(`[${((Date.now() - this.begun) / 1000).toFixed(1)} s] ${text}`);
  }

  private async begin(): Promise<void> {
    const { world, all, mailServer } = this.stage;
    const users = this.people.flatMap(({ kind, email, before }) =>
      kind === 'existing' ? [{ traits: { email, ...before } }] : [],
    );
    await createUsers(world.kratos.adminUrl, DEMO_SCHEMA_ID, users, PASSWORD_BEFORE);
    this.before = await snapshotOf(world.databaseUrl);
    this.ledger = new Ledger(this.people, this.before);
    const hash = await bcrypt.hash(PASSWORD_OF_HASH, 4);
    const lines = this.people.map((each) =>
      [each.email, each.firstName, each.role, each.password, each.hash && hash].join(','),
    );
    const header = 'email,first_name,role,initial_password,password_hash';
    await all.write(`${this.id}.csv`, [header, ...lines, ''].join('\n'));
    for (const { email, isUnmailable } of this.people) {
      if (!isUnmailable) continue;
      for (const address of [email, email.toLowerCase()]) {
        mailServer.faultsFor.set(address, { refuse: { at: 'RCPT TO', status: 550 } });
      }
    }
    await this.workers.start(this.plan.workers);
  }

  private async importAmidEvents(): Promise<void> {
    await this.start();
    for (const [i, event] of this.plan.events.entries()) {
      await sleep(event.afterMs);
      await this.workers.restartEnded();
      if (i % 4 === 3) await this.giveWhatItWaitsFor();
      if (!(await this.isRunning())) {
        await this.endRun();
        if (this.runs.length >= MOST_RUNS) break;
        await this.start();
      }
      await this.perform(event);
    }
    await this.endRun();
    if (this.run.isCancelled) {
      await this.start();
      await this.endRun();
    }
    this.wrong.push(...this.ledger.unsettled(this.results.get(this.run.runId)!));
    const mails = new Mails(this.stage.mailServer);
    this.wrong.push(...mails.unexplained(this.people, this.runs, this.incidents));
    this.say(`${mails.moreThanOnce(this.people)} users got more than one mail`);
    const failed = new Set(
      this.results
        .get(this.run.runId)!
        .flatMap(({ invitation, line }) => (invitation === 'failed' ? [Number(line)] : [])),
    );
    for (const person of this.people) {
      if (isDue(person) && !failed.has(person.line) && !mails.reached(person)) {
        this.wrong.push(`line ${person.line} never got a mail`);
      }
    }
  }

  /** Starts the file (again), without faults until it is past preflight, which may refuse what it finds. */
  private async start(): Promise<void> {
    const { all, world } = this.stage;
    this.handle = await all.start(this.id, { ...this.plan.input, file: `${this.id}.csv` });
    const { runId } = await this.handle.describe();
    const { invitations, approval, canaryRows } = this.plan.input;
    this.run = {
      workflowId: this.id,
      runId,
      folder: path.join(world.runs, this.id, runId),
      from: Date.now(),
      until: Infinity,
      isCancelled: false,
      canaryRows,
      needsApproval: approval === 'required',
      isHeld: invitations.send === 'hold',
      approvals: [],
      releases: [],
      pauses: [],
      rates: [{ at: 0, perMinute: invitations.perMinute }],
    };
    this.runs.push(this.run);
    this.say(`started as ${runId}`);
    await this.until(async () => {
      const progress = await this.progress();
      return (
        (progress !== undefined && progress.phase !== 'preflight') || !(await this.isRunning())
      );
    });
    this.writesLate = { answerAfterMs: this.plan.answerAfterMs };
    this.stage.proxy.faults = { ...this.writesLate };
  }

  private async perform(event: SoakEvent): Promise<void> {
    const { proxy, auditProxy, mailServer, world } = this.stage;
    const { workers } = this;
    this.say(
      Object.entries(event)
        .flatMap(([key, value]) => (key === 'afterMs' ? [] : [JSON.stringify(value)]))
        .join(' '),
    );
    switch (event.do) {
      case 'kill a worker':
        this.incidents.push({ what: 'killed', at: Date.now() });
        await workers.killOne();
        if (workers.size < 2) await workers.start(1);
        return;
      case 'freeze a worker':
        if (workers.size < 2) await workers.start(1);
        this.incidents.push({ what: 'frozen', at: Date.now() });
        workers.freezeOne();
        return;
      case 'start a worker':
        if (workers.size < 4) await workers.start(1);
        return;
      case 'kill Kratos':
        await world.kratos.kill();
        await sleep(event.downMs);
        await world.restartKratos();
        return;
      case 'kill Temporal':
        await world.temporal!.kill();
        await sleep(event.downMs);
        await world.restartTemporal();
        return;
      case 'weather':
        proxy.faults = { ...this.writesLate, weather: { kind: event.kind, oneIn: event.oneIn } };
        return;
      case 'fair weather':
        proxy.faults = { ...this.writesLate };
        return;
      case 'audit database':
        if (event.away === 'cut') await auditProxy.cut();
        else auditProxy.hang();
        return;
      case 'audit database back':
        await auditProxy.open();
        return;
      case 'mail server': {
        const trouble = MAIL_TROUBLES[event.trouble];
        if (trouble === 'stop') await mailServer.stop();
        else mailServer.faults = trouble;
        return;
      }
      case 'mail server back':
        await this.mailServerBack();
        return;
      case 'command':
        this.command(event);
        return;
      case 'cancel':
        this.run.isCancelled = true;
        await this.patiently(() => this.handle.cancel());
        await this.endRun();
        await this.start();
    }
  }

  private async mailServerBack(): Promise<void> {
    const { mailServer } = this.stage;
    mailServer.faults = {};
    await mailServer.stop();
    await mailServer.start();
  }

  /** Ends all faults but those of frozen workers, which come back by themselves. */
  private async calm(): Promise<void> {
    this.writesLate = {};
    this.stage.proxy.faults = {};
    await this.stage.auditProxy.open();
    const { faults, isUp } = this.stage.mailServer;
    if (Object.keys(faults).length > 0 || !isUp) await this.mailServerBack();
  }

  /** As an operator who looks at the import. At its end, the mails need not take long. */
  private async giveWhatItWaitsFor(isEnd = false): Promise<void> {
    const progress = await this.progress();
    if (!progress) return;
    const { phase, paused, invitations } = progress;
    const give = (name: CommandName, argument?: number) => {
      this.command({ do: 'command', way: 'signal', name, ...(argument && { argument }) });
    };
    if (paused) give('resume');
    if (phase === 'awaiting-approval') give('approve');
    if (invitations.held) give('releaseInvitations');
    if (isEnd && phase === 'inviting' && invitations.perMinute < FAST) give('setEmailRate', FAST);
  }

  /** Not waited for: while all workers are frozen, an update has no answer. */
  private command(event: Omit<Extract<SoakEvent, { do: 'command' }>, 'afterMs'>): void {
    const { handle, run } = this;
    const { way, name, argument, isGood } = event;
    const args = 'argument' in event ? [argument] : [];
    const at = Date.now();
    if (name === 'setEmailRate' && isGood !== false) {
      run.rates.push({ at, perMinute: argument as number });
    }
    if (name === 'approve') run.approvals.push(at);
    if (name === 'releaseInvitations') run.releases.push(at);
    const [pause] = run.pauses.slice(-1);
    if (name === 'resume' && pause) pause.until = Math.min(pause.until, at);
    const resumes = name === 'resume' ? ++this.resumes : this.resumes;
    const given =
      way === 'signal'
        ? handle.signal(name, ...args)
        : handle.executeUpdate<Progress, [unknown]>(name, { args: args as [unknown] });
    this.commands.push(
      Promise.resolve(given).then(
        (state) => {
          if (way === 'signal') return;
          const answer = state as Progress;
          const isRight =
            isGood !== false &&
            (name !== 'setMode' || answer.mode === argument) &&
            (name !== 'setConcurrency' || answer.concurrency === argument) &&
            (name !== 'setEmailRate' || answer.invitations.perMinute === argument) &&
            (name !== 'pause' || answer.paused) &&
            (name !== 'resume' || !answer.paused);
          // A resume that was given since may be at work already.
          if (name === 'pause' && this.resumes === resumes) {
            run.pauses.push({ from: Date.now(), until: Infinity });
          }
          if (!isRight) this.wrong.push(`${name} ${JSON.stringify(argument)} was taken wrongly`);
        },
        (error: unknown) => {
          // Temporal may be away, or the import over: then nothing is known of the command.
          if (isGood !== true || !(error instanceof WorkflowUpdateFailedError)) return;
          const reason = error.cause?.message ?? '';
          if (run.isCancelled || run.until < Infinity || reason.includes('writing its report'))
            return;
          this.wrong.push(`${name} ${JSON.stringify(argument)} was refused: ${reason}`);
        },
      ),
    );
  }

  private async progress(): Promise<Progress | undefined> {
    return within(10_000, progressOf(this.handle)).catch(() => undefined);
  }

  private async isRunning(handle = this.handle): Promise<boolean> {
    const { status } = await this.patiently(() => handle.describe());
    return status.name === 'RUNNING';
  }

  /** Asks again while Temporal has only just come back. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (tries === 30) throw error;
        await sleep(500);
      }
    }
  }

  /** Like a supervisor of the workers, starts those anew that ended while Temporal was away. */
  private async until(condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + STUCK_MS;
    while (!(await condition())) {
      if (Date.now() > end) {
        throw new Error(`stuck: ${JSON.stringify(await this.progress(), undefined, 1)}`);
      }
      await this.workers.restartEnded();
      if (this.workers.size === 0) await this.workers.start(1);
      await sleep(300);
    }
  }

  /** Ends all faults, lets the import come to its end, and checks what it left. */
  private async endRun(): Promise<void> {
    const { handle, run } = this;
    await this.calm();
    await this.until(async () => {
      if (!(await this.isRunning())) return true;
      if (!run.isCancelled) await this.giveWhatItWaitsFor(true);
      return false;
    });
    const { status } = await this.patiently(() => handle.describe());
    await within(15_000, Promise.all(this.commands)).catch(() => undefined);
    this.commands = [];
    run.until = Date.now();
    this.say(`ended as ${status.name}`);
    const isWell = status.name === 'COMPLETED' || (status.name === 'CANCELLED' && run.isCancelled);
    if (!isWell) this.wrong.push(`${run.runId} ended as ${status.name}`);
    if (status.name === 'COMPLETED') run.isCancelled = false;
    await this.check(run);
  }

  private async check(run: SoakRun): Promise<void> {
    const { world, mailServer } = this.stage;
    const { folder, runId } = run;
    const there = new Set(await readdir(folder).catch((): string[] => []));
    const files = ['results.csv', 'audit.jsonl', 'report.json', 'report.html'];
    // Without a rejected row, there is no file of them.
    if (this.people.some(({ kind }) => kind === 'invalid')) files.push('rejects.csv');
    // A run that was cancelled before its plan was whole leaves less.
    if (!run.isCancelled && files.some((name) => !there.has(name))) {
      this.wrong.push(`${runId} left only ${[...there].join()}`);
    }
    const hasResults = there.has('results.csv');
    const results = hasResults ? ((await table(folder, 'results.csv')) as Line[]) : [];
    this.results.set(runId, results);
    if (hasResults) {
      const lines = this.people.map(({ line }) => String(line));
      const had = results.map(({ line }) => line);
      this.wrong.push(...differences(`${runId} lines`, had, lines));
    }
    const now = await snapshotOf(world.databaseUrl);
    this.wrong.push(...this.ledger.wrongIn(run, results, now));
    const rows = await auditRowsOf(world.databaseUrl, runId);
    this.wrong.push(...wrongAudit(`${runId} in Postgres`, rows, results));
    const events = there.has('audit.jsonl') ? await eventsIn(path.join(folder, 'audit.jsonl')) : [];
    this.wrong.push(...wrongAudit(`${runId} in audit.jsonl`, events, results));
    const mails = new Mails(mailServer);
    this.wrong.push(
      ...mails.wrongIn(run, results, this.people),
      ...mails.tooFast(run, this.people),
      ...mails.unasked(run, this.people, this.incidents),
    );
    if (hasResults && there.has('rejects.csv')) {
      const rejects = await table(folder, 'rejects.csv');
      const invalid = results.filter(({ outcome }) => /^(invalid|failed)$/.test(outcome));
      const linesOf = (list: Record<string, string>[], key: string) => list.map((row) => row[key]!);
      const [had, wanted] = [linesOf(rejects, 'import_line'), linesOf(invalid, 'line')];
      this.wrong.push(...differences(`${runId} rejects`, had, wanted));
    }
    if (hasResults && there.has('report.json')) {
      const report = await reportIn(folder);
      const count = (key: 'outcome' | 'invitation', value: string) =>
        results.filter((result) => result[key] === value).length;
      for (const [name, number] of Object.entries(report.rows)) {
        const counted = name === 'total' ? results.length : count('outcome', name);
        if (number !== counted)
          this.wrong.push(`${runId} reports ${number} ${name}, not ${counted}`);
      }
      for (const name of ['due', 'sent', 'failed'] as const) {
        const [number, counted] = [report.invitations[name], count('invitation', name)];
        if (number !== counted) {
          this.wrong.push(`${runId} reports ${number} mails ${name}, not ${counted}`);
        }
      }
    }
  }

  /** Undoes one of the runs amid further events, when some of its users have been in use since. */
  private async undo(): Promise<void> {
    const { all, world, proxy } = this.stage;
    const { undo } = this.plan;
    const createdBy = (runId: string) =>
      this.people.filter(({ line }) => this.ledger.createdBy.get(line) === runId);
    const run = this.runs.toSorted(
      (a, b) => createdBy(b.runId).length - createdBy(a.runId).length,
    )[0]!;
    const created = createdBy(run.runId);
    const updated = this.people.filter(({ line }) => this.ledger.updatedBy.get(line) === run.runId);
    const idOf = new Map(this.results.get(run.runId)!.map((line) => [line.line, line.identity_id]));
    const id = ({ line }: SoakPerson): string => idOf.get(String(line))!;

    const canLogInWith = ({ password, hash }: SoakPerson) =>
      password !== '' ? password : hash !== '' ? PASSWORD_OF_HASH : undefined;
    const withPassword = created.filter((each) => canLogInWith(each) !== undefined);
    const loggedIn = withPassword.slice(0, undo.loggedIn);
    for (const each of loggedIn) {
      const isIn = await canLogIn(world.kratos.publicUrl, each.email, canLogInWith(each)!);
      if (!isIn) this.wrong.push(`line ${each.line} cannot log in`);
    }
    const others = created.filter((each) => !loggedIn.includes(each));
    const changed = others.slice(0, undo.changed);
    for (const each of changed) {
      await this.byHand('PATCH', id(each), [
        { op: 'add', path: '/traits/last_name', value: 'Of another program' },
      ]);
    }
    const deleted = others.slice(undo.changed, undo.changed + undo.deleted);
    for (const each of deleted) await this.byHand('DELETE', id(each));

    const before = await snapshotOf(world.databaseUrl);
    const mayBeKept = undo.force ? [] : [...loggedIn, ...changed];
    const toDelete = created.filter((each) => !deleted.includes(each) && !mayBeKept.includes(each));
    const handle = await startUndo(all, {
      workflowId: this.id,
      runId: run.runId,
      force: undo.force,
    });
    this.say(
      `undoing ${run.runId}: ${toDelete.length} to delete, ${updated.length} to restore, ${mayBeKept.length} to keep`,
    );
    let progress: UndoProgress | undefined;
    await this.until(async () => {
      progress = await within(10_000, undoProgressOf(handle)).catch(() => undefined);
      return progress?.phase === 'awaiting-approval' || !(await this.isRunning(handle));
    });
    const unplanned = await snapshotOf(world.databaseUrl);
    this.wrong.push(...differences('changed by a plan', digests(unplanned), digests(before)));
    this.writesLate = { answerAfterMs: Math.min(this.plan.answerAfterMs, 200) };
    proxy.faults = { ...this.writesLate };
    await this.patiently(() => handle.signal('approve'));
    for (const event of undo.events) {
      await sleep(event.afterMs);
      await this.workers.restartEnded();
      await this.perform(event);
    }
    await this.calm();
    await this.until(async () => !(await this.isRunning(handle)));
    const summary = (await handle.result()) as UndoSummary;
    this.say(`undone: ${JSON.stringify(summary.undone)}`);

    const after = await snapshotOf(world.databaseUrl);
    const list = await table(run.folder, 'undo.csv');
    const undone = new Map(list.map((row) => [row['line'], row]));
    const wantedOf = (each: SoakPerson): string =>
      deleted.includes(each) ? 'already_deleted' : mayBeKept.includes(each) ? 'kept' : 'deleted';
    const events = (await auditRowsOf(world.databaseUrl, run.runId)).filter(
      ({ event }) => event === 'user_import_undone',
    );
    const wantedEvents: string[] = [];
    for (const each of [...created, ...updated]) {
      const { undone: did, reason } = undone.get(String(each.line)) ?? {};
      const wanted = updated.includes(each) ? 'restored' : wantedOf(each);
      // The run did not see the answer to its write, and found a user without the password that it had sent.
      const isUnsure = wanted === 'deleted' && did === 'kept' && reason === 'not_recorded';
      if (did !== wanted && !(isUnsure && !undo.force)) {
        this.wrong.push(`undo of line ${each.line}: ${did} ${reason}, not ${wanted}`);
      }
      if (did === 'deleted' || did === 'restored') wantedEvents.push(`${each.line} ${id(each)}`);
      const [was, is] = [before.get(id(each)), after.get(id(each))];
      if ((did === 'deleted' || did === 'already_deleted') && is) {
        this.wrong.push(`line ${each.line} is ${did}, and is there`);
      }
      if (did === 'restored') {
        const original = this.before.get(id(each));
        const same = is && original && whole(is) === whole(original);
        if (!same || is.credentials !== original.credentials) {
          this.wrong.push(`line ${each.line} is restored, and is ${is && whole(is)}`);
        }
      }
      if (did === 'kept' && is?.digest !== was?.digest) {
        this.wrong.push(`line ${each.line} is kept, and changed`);
      }
    }
    const mine = new Set([...created, ...updated].map(id));
    const ofOthers = (snapshot: Snapshot) =>
      digests(new Map([...snapshot].filter(([each]) => !mine.has(each))));
    this.wrong.push(
      ...differences('users of others after the undo', ofOthers(after), ofOthers(before)),
      ...differences(
        'audit of the undo',
        events.map(({ line, target }) => `${line} ${target}`),
        wantedEvents,
      ),
    );
    const trail = await eventsIn(path.join(run.folder, 'audit.jsonl'));
    this.wrong.push(
      ...differences(
        'audit.jsonl after the undo',
        trail.flatMap(({ event, line, target }) =>
          event === 'user_import_undone' ? [`${line} ${target}`] : [],
        ),
        wantedEvents,
      ),
    );
    const counted = (what: string) => list.filter((row) => row['undone'] === what).length;
    for (const what of ['deleted', 'restored', 'already_deleted', 'kept'] as const) {
      if (summary.undone[what] !== counted(what)) {
        this.wrong.push(`the undo counts ${summary.undone[what]} ${what}, not ${counted(what)}`);
      }
    }
  }

  /** As another program would. */
  private async byHand(method: string, id: string, operations?: object[]): Promise<void> {
    const response = await fetch(`${this.stage.world.kratos.adminUrl}/admin/identities/${id}`, {
      method,
      ...(operations && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(operations),
      }),
    });
    if (!response.ok) throw new Error(`${method} by hand: ${response.status}`);
  }

  /** What is left once all workers have ended: files, histories, logs. */
  private async checkLeftovers(): Promise<void> {
    const { world, all } = this.stage;
    for (const { folder, isCancelled } of this.runs) {
      const exists = await stat(folder).catch(() => undefined);
      if (!exists) continue;
      const files = await wrongFiles(folder);
      // A chunk that came to no end keeps its journal.
      this.wrong.push(...files.filter((text) => !(isCancelled && text.includes('.journal/'))));
    }
    const secret = new RegExp(`${NAME}|${DOMAIN}|a password \\d|secret-of`, 'i');
    for (const { workflowId, events, bytes, text } of await historiesOf(all.client, this.id)) {
      const found = secret.exec(text);
      if (found) this.wrong.push(`the history of ${workflowId} holds ${found[0]}`);
      if (events > MOST_EVENTS_OF_A_HISTORY || bytes > MOST_BYTES_OF_A_HISTORY) {
        this.wrong.push(`the history of ${workflowId} has ${events} events, ${bytes} bytes`);
      }
    }
    const logs = path.dirname(world.runs);
    for (const name of await readdir(logs)) {
      if (!/^worker-\d+\.log$/.test(name)) continue;
      const found = secret.exec(await readFile(path.join(logs, name), 'utf8'));
      if (found) this.wrong.push(`${name} holds ${found[0]}`);
    }
    const query = `WorkflowId STARTS_WITH "${this.id}" AND ExecutionStatus = "Running"`;
    for await (const { workflowId } of all.client.workflow.list({ query })) {
      this.wrong.push(`${workflowId} still runs`);
    }
  }
}

function digests(snapshot: Snapshot): string[] {
  return [...snapshot.values()].map(
    ({ id, digest, credentials }) => `${id} ${digest} ${credentials}`,
  );
}

async function eventsIn(file: string): Promise<SoakEventRow[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { event, target, metadata } = JSON.parse(line) as {
      event: string;
      target: string;
      metadata: { line?: number };
    };
    return { event, target, line: metadata.line };
  });
}

/** @throws Error when the answer takes longer */
function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then((): never => {
    throw new Error('no answer in time');
  });
  return Promise.race([answer, late]);
}
