/**
 * What is true after the runs of a soak, from others than the program: Kratos's tables, the audit table, the log of the
 * mail server, and what was done when. Every function lists what is wrong; tests expect nothing.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { executeSql } from '../../dev/servers/postgres.js';
import type { MailServer } from './mail-server.js';
import type { SoakPerson } from './soak-plan.js';

/** A user in Kratos's tables. */
export interface StoredUser {
  id: string;
  traits: Record<string, unknown>;
  state: string;
  metadata_public: unknown;
  createdAt: number;
  metadata_admin: { csv_import?: Partial<Record<string, string | number>> } | null;
  /** Of everything about the user but credentials, the times of writes included. */
  digest: string;
  credentials: string;
}

/** All users by id. */
export type Snapshot = Map<string, StoredUser>;

/** Reads the tables themselves: what Kratos answers may come from elsewhere. */
export async function snapshotOf(databaseUrl: string): Promise<Snapshot> {
  const rowsOf = (table: string): string =>
    `coalesce((SELECT string_agg(t::text, ',' ORDER BY t.id) FROM ${table} t WHERE t.identity_id = i.id), '')`;
  // Kratos writes the credentials anew with each update of a user: other ids and times, the same content.
  const credentials = `SELECT string_agg(concat(c.identity_credential_type_id, c.config::jsonb, n.identifier), ','
    ORDER BY c.identity_credential_type_id, n.identifier)
    FROM identity_credentials c LEFT JOIN identity_credential_identifiers n ON n.identity_credential_id = c.id
    WHERE c.identity_id = i.id`;
  const rows = await executeSql(
    databaseUrl,
    `SELECT i.id::text, i.traits, i.state, i.metadata_public, i.metadata_admin,
       (extract(epoch FROM i.created_at AT TIME ZONE 'UTC') * 1000)::float8 AS "createdAt",
       md5(i::text || ${rowsOf('identity_verifiable_addresses')} || ${rowsOf('identity_recovery_addresses')}) AS digest,
       md5((${credentials})) AS credentials
     FROM identities i`,
  );
  return new Map((rows as unknown as StoredUser[]).map((user) => [user.id, user]));
}

function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const addressOf = ({ traits }: StoredUser): string => String(traits['email']).toLowerCase();

/** The origin that an import keeps with the users that it creates. */
function originOf({ metadata_admin }: StoredUser): Partial<Record<string, string | number>> {
  return metadata_admin?.['csv_import'] ?? {};
}

/** Something that explains a second mail. */
export interface Incident {
  what: 'killed' | 'frozen';
  at: number;
}

/** One import of the file. */
export interface SoakRun {
  workflowId: string;
  runId: string;
  folder: string;
  from: number;
  until: number;
  isCancelled: boolean;
  /** The input's `canaryRows`. */
  canaryRows: number;
  /** Whether it waits for the approval of its plan, and for the release of its mails. */
  needsApproval: boolean;
  isHeld: boolean;
  /** When these commands were given, whether or not they were taken. */
  approvals: number[];
  releases: number[];
  /** When it surely was paused: from an answered `pause` to the next `resume`. */
  pauses: { from: number; until: number }[];
  /** The rates of mails that were asked for, the input's first. */
  rates: { at: number; perMinute: number }[];
}

export type Line = Record<
  'line' | 'email' | 'outcome' | 'identity_id' | 'code' | 'invitation',
  string
>;

/** What the runs of one file have come to so far. */
export class Ledger {
  /** Line to the run that reports it as created, or updated. */
  readonly createdBy = new Map<number, string>();
  readonly updatedBy = new Map<number, string>();
  /** Lines of which a run that was cancelled does not know whether it created or updated the user. */
  private readonly undecided = new Map<number, string>();

  constructor(
    private readonly people: readonly SoakPerson[],
    private readonly before: Snapshot,
  ) {}

  /** Compares the results of a run that has ended with the users now. */
  wrongIn(run: SoakRun, results: readonly Line[], now: Snapshot): string[] {
    const byAddress = grouped(now.values(), addressOf);
    const beforeByAddress = grouped(this.before.values(), addressOf);
    const wrong: string[] = [];
    for (const [address, users] of byAddress) {
      if (users.length > 1) wrong.push(`${address} is there ${users.length} times`);
    }
    for (const { line, email, outcome, identity_id: id } of results) {
      const person = this.people[Number(line) - 2];
      const say = (text: string) =>
        wrong.push(`${run.runId} line ${line}: ${outcome}, but ${text}`);
      if (!person || person.email !== email) {
        say(`the file has ${person?.email}`);
        continue;
      }
      const address = email.toLowerCase();
      const user = byAddress.get(address)?.[0];
      const original = beforeByAddress.get(address)?.[0];
      if ((outcome === 'invalid') !== (person.kind === 'invalid')) say(`the row is ${person.kind}`);
      if (id !== '' && id !== user?.id) say(`${id} is not there`);
      switch (outcome) {
        case 'created':
          if (this.createdBy.has(person.line)) say('created before');
          if (original) say('there before');
          if (!user || !isOf(user, run, line)) say('not there, or not of this run and line');
          if (id === '') say('without an id');
          this.createdBy.set(person.line, run.runId);
          break;
        case 'updated':
          if (this.updatedBy.has(person.line)) say('updated before');
          if (!original) say('not there before');
          this.updatedBy.set(person.line, run.runId);
          break;
        case 'unchanged':
        case 'skipped':
          if (!user) say('not there');
          else if (originOf(user)['runId'] === run.runId) say('created by this run');
          break;
        case 'undecided':
          if (!run.isCancelled) say('the run was not cancelled');
          this.undecided.set(person.line, run.runId);
          break;
        case 'unprocessed':
          if (!run.isCancelled) say('the run was not cancelled');
          break;
        case 'invalid':
          break;
        default:
          say('no row should have this outcome');
      }
    }
    wrong.push(
      ...this.wrongUsers(run, results, now),
      ...this.wrongPeople(byAddress, beforeByAddress),
      ...unapproved(run, now),
    );
    return wrong;
  }

  /** No user is there that was not there before and that no result names. */
  private wrongUsers(run: SoakRun, results: readonly Line[], now: Snapshot): string[] {
    const lines = new Map(results.map((result) => [result.line, result]));
    return [...now.values()].flatMap((user) => {
      const origin = originOf(user);
      if (origin['runId'] === undefined && !this.before.has(user.id)) {
        return [`${addressOf(user)} has no origin, and was not there before`];
      }
      if (origin['runId'] !== run.runId) return [];
      const result = lines.get(String(origin['line']));
      const isNamed =
        result?.outcome === 'undecided' ||
        (result?.outcome === 'created' && result.identity_id === user.id);
      return isNamed ? [] : [`${addressOf(user)} is of this run, which reports ${result?.outcome}`];
    });
  }

  /** Users from before are as they were; of those updated, exactly what differed has the file's value. */
  private wrongPeople(
    byAddress: Map<string, StoredUser[]>,
    before: Map<string, StoredUser[]>,
  ): string[] {
    return this.people.flatMap((person) => {
      const address = person.email.toLowerCase();
      const [user, original] = [byAddress.get(address)?.[0], before.get(address)?.[0]];
      const at = `line ${person.line} (${person.kind})`;
      if (person.kind === 'invalid') return [];
      if (person.kind === 'new') {
        const runId = user && originOf(user)['runId'];
        const known = this.createdBy.get(person.line) ?? this.undecided.get(person.line);
        return runId === undefined || runId === known
          ? []
          : [`${at}: of ${String(runId)}, not ${known}`];
      }
      if (user?.id !== original?.id) return [`${at}: another user`];
      if (user!.credentials !== original!.credentials) return [`${at}: credentials have changed`];
      const isUpdated = this.updatedBy.has(person.line);
      if (user!.digest === original!.digest) return isUpdated ? [`${at}: not updated`] : [];
      if (!isUpdated && !this.undecided.has(person.line))
        return [`${at}: changed, though not updated`];
      const { firstName: first_name, role } = person;
      const wanted = { ...original!.traits, first_name, ...(role !== '' && { role }) };
      const [is, should] = [whole(user!), whole({ ...original!, traits: wanted })];
      return is === should ? [] : [`${at}: ${is} in place of ${should}`];
    });
  }

  /** What is not as it should be once a run has ended well. */
  unsettled(results: readonly Line[]): string[] {
    const open = results.filter(({ outcome }) => /^un(decided|processed)$/.test(outcome));
    const missing = this.people.filter(
      ({ kind, line }) => kind === 'new' && !this.createdBy.has(line) && !this.undecided.has(line),
    );
    return [...open, ...missing].map(({ line }) => `line ${line} is not settled`);
  }
}

/** No user is created before the plan is approved, and no more than the canary rows before these are. */
function unapproved(run: SoakRun, now: Snapshot): string[] {
  const created = [...now.values()].filter((user) => originOf(user)['runId'] === run.runId);
  const approvals = [...run.approvals.toSorted((a, b) => a - b), Infinity, Infinity];
  const countBefore = (at: number) => created.filter(({ createdAt }) => createdAt < at).length;
  const early = run.needsApproval ? countBefore(approvals.shift()!) : 0;
  const beyond = run.canaryRows > 0 ? countBefore(approvals[0]!) - run.canaryRows : 0;
  return [
    ...(early > 0 ? [`${run.runId}: ${early} users were created before the approval`] : []),
    ...(beyond > 0 ? [`${run.runId}: ${beyond} users beyond the canary rows`] : []),
  ];
}

function isOf(user: StoredUser, run: SoakRun, line: string): boolean {
  const { workflowId, runId, line: ofLine } = originOf(user);
  return workflowId === run.workflowId && runId === run.runId && String(ofLine) === line;
}

/** What an update may change, in one text whatever the order of keys. */
export function whole({ traits, state, metadata_public, metadata_admin }: StoredUser): string {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : value;
  return JSON.stringify(sorted({ traits, state, metadata_public, metadata_admin }));
}

/** One event of the audit table or of audit.jsonl. */
export interface SoakEventRow {
  event: string;
  target: string | null;
  line: number | undefined;
}

export async function auditRowsOf(databaseUrl: string, runId: string): Promise<SoakEventRow[]> {
  const rows = await executeSql(
    databaseUrl,
    `SELECT event_type AS event, identity_id::text AS target, (metadata->>'line')::int AS line
     FROM audit_log WHERE metadata->>'run' = '${runId}'`,
  );
  return rows.map(({ event, target, line }) => ({
    event: event as string,
    target: target as string | null,
    line: (line as number | null) ?? undefined,
  }));
}

/** The events that a run must have left: one for each created and updated user, its start and its end. */
export function wrongAudit(
  where: string,
  events: readonly SoakEventRow[],
  results: readonly Line[],
): string[] {
  const nameOf: Record<string, string> = {
    created: 'user_imported',
    updated: 'user_import_updated',
  };
  const wanted = results.flatMap(({ outcome, line, identity_id }) =>
    nameOf[outcome] ? [`${nameOf[outcome]} ${line} ${identity_id}`] : [],
  );
  const ofUsers = events.filter(({ line }) => line !== undefined);
  const had = ofUsers.map(({ event, line, target }) => `${event} ${line} ${target}`);
  const ofRun = events.filter(({ line }) => line === undefined).map(({ event }) => event);
  const isBounded = ofRun.sort().join() === 'user_import_finished,user_import_started';
  // A run that was cancelled before its first chunk has begun nothing.
  const isNothing = events.length === 0 && wanted.length === 0;
  return [
    ...differences(`${where}: events`, had, wanted),
    ...(isBounded || isNothing ? [] : [`${where}: the run's own events are ${ofRun.join(', ')}`]),
  ];
}

/** What a list has too much, too often or not, against what it should have once each. */
export function differences(what: string, had: string[], wanted: string[]): string[] {
  const left = new Map<string, number>();
  for (const each of wanted) left.set(each, (left.get(each) ?? 0) + 1);
  for (const each of had) left.set(each, (left.get(each) ?? 0) - 1);
  return [...left].flatMap(([each, count]) =>
    count === 0 ? [] : [`${what}: ${each} is ${count > 0 ? 'missing' : 'there too often'}`],
  );
}

/** A mail that was sent, or of which nobody knows. */
interface SentMail {
  at: number;
  raw: string;
  isDelivered: boolean;
  isAnswered: boolean;
}

/** After the server's yes a worker records the mail: a worker that ends so soon after may not have. */
const RECORDED_WITHIN_MS = 3000;
const FROZEN_MS = 30_000;
/** What is in flight when an import is paused has arrived by then. */
const IN_FLIGHT_MS = 10_000;
const TRIES_A_RUN = 3;

/** All mails of a soak, by lower-cased address. */
export class Mails {
  private readonly byAddress: Map<string, SentMail[]>;
  constructor(server: MailServer) {
    const all = [
      ...server.mails.map((mail) => ({ ...mail, isDelivered: true, isAnswered: true })),
      ...server.unanswered.map((mail) => ({ ...mail, isDelivered: mail.kept, isAnswered: false })),
    ].sort((a, b) => a.at - b.at);
    this.byAddress = grouped(all, ({ to }) => to.toLowerCase());
  }

  private to(address: string, { from, until }: { from: number; until: number }): SentMail[] {
    const all = this.byAddress.get(address.toLowerCase()) ?? [];
    return all.filter(({ at }) => at >= from && at <= until);
  }

  /** Who got a mail, who did not, and what results.csv says of it. */
  wrongIn(run: SoakRun, results: readonly Line[], people: readonly SoakPerson[]): string[] {
    return results.flatMap(({ line, invitation, outcome }) => {
      const person = people[Number(line) - 2]!;
      const sent = this.to(person.email, run);
      const ever = this.to(person.email, { from: 0, until: run.until });
      const say = (text: string) => [
        `${run.runId} line ${line} (${outcome}): ${invitation}, ${text}`,
      ];
      if (!isDue(person) && ever.length > 0) return say('got a mail, and is not due');
      const unanswered = sent.filter(({ isAnswered }) => !isAnswered).length;
      if (sent.length > TRIES_A_RUN) return say(`got ${sent.length} mails in one run`);
      const ids = new Set(sent.map(({ raw }) => /^Message-ID: (.+)\r$/im.exec(raw)?.[1]));
      if (ids.size > 1) return say('mails of one run have different Message-IDs');
      if (new Set(sent.map(({ raw }) => bodyOf(raw))).size < sent.length) {
        return say('two mails have one link');
      }
      switch (invitation) {
        case 'sent':
          return sent.some(({ isAnswered }) => isAnswered) ? [] : say('no mail was answered');
        case 'failed':
          return person.isUnmailable || unanswered >= TRIES_A_RUN
            ? []
            : say('the server never said no');
        case 'due':
          return run.isCancelled && isDue(person)
            ? []
            : say('the run was not cancelled, or not due');
        case 'none': {
          const hasUser = /^(created|updated|unchanged|skipped)$/.test(outcome);
          const isMailed = ever.some(({ at, isAnswered }) => isAnswered && at < run.until);
          return !hasUser || !isDue(person) || isMailed ? [] : say('no mail ever came');
        }
        default:
          return say('what is that');
      }
    });
  }

  /** Mails to one user beyond the first, for which nothing happened that may lead to it. */
  unexplained(
    people: readonly SoakPerson[],
    runs: readonly SoakRun[],
    incidents: readonly Incident[],
  ): string[] {
    return people.flatMap(({ email, line }) => {
      const sent = this.to(email, { from: 0, until: Infinity });
      return sent.slice(1).flatMap((mail, i) => {
        const first = sent[i]!;
        const isExplained =
          !first.isAnswered ||
          incidents.some(({ what, at }) =>
            what === 'killed'
              ? at >= first.at - 500 && at <= first.at + RECORDED_WITHIN_MS
              : first.at >= at - RECORDED_WITHIN_MS && first.at <= at + FROZEN_MS,
          ) ||
          runs.some(
            ({ isCancelled, until }) => isCancelled && first.at <= until && mail.at >= until,
          );
        const text = `line ${line}: mails at ${time(first.at)} and ${time(mail.at)}, and nothing between`;
        return isExplained ? [] : [text];
      });
    });
  }

  /** No mail goes out while all are held, or the import is paused. */
  unasked(run: SoakRun, people: readonly SoakPerson[], incidents: readonly Incident[]): string[] {
    const times = people.flatMap(({ email }) => this.to(email, run)).map(({ at }) => at);
    const released = run.isHeld ? Math.min(...run.releases) : 0;
    const wasFrozen = (at: number) =>
      incidents.some(
        ({ what, at: since }) => what === 'frozen' && since < at && at < since + FROZEN_MS,
      );
    return times.flatMap((at) => {
      if (at < released)
        return [`${run.runId}: a mail went out at ${time(at)}, before the release`];
      const isPaused = run.pauses.some(({ from, until }) => from + IN_FLIGHT_MS < at && at < until);
      return isPaused && !wasFrozen(at)
        ? [`${run.runId}: a mail went out at ${time(at)}, in a pause`]
        : [];
    });
  }

  /** How many users got more than one mail. */
  moreThanOnce(people: readonly SoakPerson[]): number {
    return people.filter(({ email }) => this.to(email, { from: 0, until: Infinity }).length > 1)
      .length;
  }

  /** No 60 seconds of a run carry more than the rate that was in force at any time in them. */
  tooFast(run: SoakRun, people: readonly SoakPerson[]): string[] {
    const times = people
      .flatMap(({ email }) => this.to(email, run))
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    return times.flatMap((last, i) => {
      const begin = last - 60_000;
      const count = times.slice(0, i + 1).filter((at) => at > begin).length;
      // A signal may have waited for a worker.
      const lasting = run.rates.filter(({ at }) => at < begin - 30_000).at(-1);
      const within = run.rates.filter(({ at }) => at >= begin - 30_000 && at <= last);
      const most = Math.max(...[lasting, ...within].map((rate) => rate?.perMinute ?? 0));
      return count > most
        ? [`${count} mails within a minute before ${time(last)}, not ${most}`]
        : [];
    });
  }

  /** Whether a user has got a mail, by the server's log. */
  reached({ email }: SoakPerson): boolean {
    return this.to(email, { from: 0, until: Infinity }).some(({ isDelivered }) => isDelivered);
  }
}

/** Without what differs in any two mails. */
function bodyOf(raw: string): string {
  return raw.slice(raw.indexOf('\r\n\r\n')).replaceAll(/^--.*$/gm, '');
}

export function isDue({ kind, password, hash }: SoakPerson): boolean {
  return kind === 'new' && password === '' && hash === '';
}

const time = (at: number): string => new Date(at).toISOString().slice(11, 23);

/** Files that should not be in a run's folder, or that others could read. */
export async function wrongFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const wrong = await Promise.all(
    entries.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const isOfJournal = entry.isFile() && entry.parentPath.endsWith('.journal');
      if (isOfJournal || entry.name.endsWith('.tmp')) return [`${file} is left over`];
      const mode = (await stat(file)).mode & 0o777;
      const wanted = entry.isDirectory() ? 0o700 : 0o600;
      return mode === wanted ? [] : [`${file} has the mode ${mode.toString(8)}`];
    }),
  );
  return wrong.flat();
}
