/** What a round of the soak does: the people of its file, its input and its events, all of them from one seed. */
import type { CommandName } from '../../src/contract/import/commands.js';
import { Chance } from './chance.js';
import type { Weather } from './fault-proxy.js';
import type { Way } from './steering.js';

/** A row of the file, and the user whom it is about. */
export interface SoakPerson {
  line: number;
  /** As in the file: in some rows with capitals. */
  email: string;
  firstName: string;
  role: string;
  password: string;
  hash: string;
  kind: 'new' | 'existing' | 'invalid';
  /** Existing users: the traits before the import that an update would change. */
  before: { first_name?: string; role?: string };
  /** The mail server never takes a mail for this address. */
  isUnmailable: boolean;
}

/** What the mail server does for a while. */
export const MAIL_TROUBLES = {
  'is away': 'stop',
  'answers late': { answerAfterMs: 2500 },
  'takes mails without an answer': { breakOff: 'kept' },
  'throws mails away without an answer': { breakOff: 'thrown away' },
  'hangs up within mails': { breakOff: 'within' },
  'puts mails off': { refuse: { at: 'DATA', status: 451 } },
  'refuses connections': { greetWith: 421 },
} as const;
type MailTrouble = keyof typeof MAIL_TROUBLES;

type Deed =
  | { do: 'kill a worker' | 'freeze a worker' | 'start a worker' | 'cancel' }
  | { do: 'kill Kratos' | 'kill Temporal'; downMs: number }
  | { do: 'weather'; kind: Weather; oneIn: number }
  | { do: 'audit database'; away: 'cut' | 'hang' }
  | { do: 'mail server'; trouble: MailTrouble }
  | { do: 'fair weather' | 'audit database back' | 'mail server back' }
  | { do: 'command'; way: Way; name: CommandName; argument?: unknown; isGood?: boolean };

/** What happens, so many milliseconds after what happened before it. */
export type SoakEvent = Deed & { afterMs: number };

export interface SoakPlan {
  seed: number;
  people: SoakPerson[];
  /** The input of each import, without its file. */
  input: {
    canaryRows: number;
    approval: string;
    invitations: { send: string; perMinute: number; method: string };
  } & Record<string, unknown>;
  /** The answer to each write comes so late: it stretches the import to the length of the events. */
  answerAfterMs: number;
  workers: number;
  events: SoakEvent[];
  undo: { force: boolean; loggedIn: number; changed: number; deleted: number; events: SoakEvent[] };
  /** Seeds the choice of workers to kill, which depends on those that there are. */
  victims: number;
}

/** No history and no log may hold this part of each address, or this beginning of each first name. */
export const DOMAIN = 'people-of-the-soak.example.com';
export const NAME = 'Zebedee';

const LINE_FAULTS: Weather[] = ['drop', 'lose', 'lose', 'late', 'truncate'];
const BUSY: Weather[] = [429, 502, 503];
/** Not a firewall's page, which may rightly fail a row. */
const NOT_KRATOS: Weather[] = [
  401,
  'html200',
  'json200',
  'empty200',
  'redirect',
  'page404',
  'ory404',
];
const WEATHERS: Weather[] = [...LINE_FAULTS, ...BUSY, ...NOT_KRATOS];

const EVENTS = 24;
const MOST_MS_BETWEEN = 2500;

export function soakPlan(seed: number): SoakPlan {
  const chance = new Chance(seed);
  const rows = 120 + chance.below(180);
  const people = Array.from({ length: rows }, (_, i) => person(seed, i, chance));
  const input = {
    onInvalid: 'import-valid',
    mode: chance.pick(['skip', 'update']),
    chunkSize: chance.pick([2, 5, 10, 25, 50]),
    concurrency: 1 + chance.below(6),
    approval: chance.pick(['none', 'none', 'required']),
    canaryRows: chance.pick([0, 0, 20]),
    markEmailVerified: chance.onceIn(3),
    invitations: {
      send: chance.pick(['after-import', 'after-import', 'after-import', 'hold']),
      perMinute: chance.pick([60, 120, 240]),
      method: chance.pick(['link', 'code']),
    },
  };
  return {
    seed,
    people,
    input,
    answerAfterMs: chance.pick([0, 0, 100, 400, 1000]),
    workers: 2 + chance.below(2),
    events: events(EVENTS, chance, true),
    undo: {
      force: chance.onceIn(3),
      loggedIn: chance.below(4),
      changed: chance.below(4),
      deleted: chance.below(2),
      events: events(8, chance, false),
    },
    victims: chance.below(2 ** 31),
  };
}

function person(seed: number, i: number, chance: Chance): SoakPerson {
  const kind = chance.onceIn(25) ? 'invalid' : chance.onceIn(3) ? 'existing' : 'new';
  const local = chance.onceIn(8) ? `Soak.${seed}.${i}` : `soak.${seed}.${i}`;
  const has = chance.below(4);
  const [firstName, role] = [`${NAME} ${i}`, chance.pick(['user', 'support', 'admin', ''])];
  const differs = chance.below(4);
  return {
    line: i + 2,
    email: kind === 'invalid' ? chance.pick(['', 'no address']) : `${local}@${DOMAIN}`,
    firstName,
    role,
    password: has === 0 ? `a password ${i}` : '',
    hash: has === 1 ? 'hash' : '',
    kind,
    before: {
      ...(differs !== 0 && { first_name: differs === 1 ? 'Old' : firstName }),
      ...(role !== '' && { role: differs === 2 ? 'user' : role }),
    },
    isUnmailable: chance.onceIn(30),
  };
}

function events(count: number, chance: Chance, isImport: boolean): SoakEvent[] {
  const list: SoakEvent[] = [];
  const ends = new Map<number, Deed['do'][]>();
  const lasting = new Set<string>();
  let cancels = 0;
  for (let i = 0; i < count; i++) {
    for (const end of ends.get(i) ?? []) {
      list.push({ afterMs: chance.below(500), do: end } as SoakEvent);
      lasting.delete(end);
    }
    const drawn = deed(chance, isImport);
    const end = ENDS[drawn.do];
    // Drawn in any case, so that one choice does not shift all that follow it.
    const lasts = 1 + chance.below(5);
    const isOneTooMany =
      (end !== undefined && lasting.has(end)) || (drawn.do === 'cancel' && ++cancels > 2);
    const chosen: Deed = isOneTooMany ? { do: 'kill a worker' } : drawn;
    list.push({ afterMs: chance.below(MOST_MS_BETWEEN), ...chosen });
    if (end !== undefined && !isOneTooMany) {
      lasting.add(end);
      ends.set(i + lasts, [...(ends.get(i + lasts) ?? []), end]);
    }
  }
  return list;
}

/** What lasts, and what ends it. */
const ENDS: Partial<Record<Deed['do'], Deed['do']>> = {
  weather: 'fair weather',
  'audit database': 'audit database back',
  'mail server': 'mail server back',
};

function deed(chance: Chance, isImport: boolean): Deed {
  const drawn = chance.below(100);
  const [downMs, oneIn] = [500 + chance.below(2500), chance.pick([1, 1, 2, 3, 5])];
  const kind = chance.pick(WEATHERS);
  const away = chance.pick<'cut' | 'hang'>(['cut', 'hang']);
  const trouble = chance.pick(Object.keys(MAIL_TROUBLES) as MailTrouble[]);
  const order = command(chance);
  if (drawn < 12) return { do: 'kill a worker' };
  if (drawn < 19) return { do: 'freeze a worker' };
  if (drawn < 24) return { do: 'start a worker' };
  if (drawn < 28) return { do: 'kill Kratos', downMs };
  if (drawn < 32) return { do: 'kill Temporal', downMs };
  if (drawn < 55) return { do: 'weather', kind, oneIn };
  if (drawn < 60) return { do: 'audit database', away };
  if (!isImport) return { do: 'weather', kind, oneIn };
  if (drawn < 72) return { do: 'mail server', trouble };
  if (drawn < 77) return { do: 'cancel' };
  return order;
}

/** Good, bad, or one or the other by what the import waits for. */
function command(chance: Chance): Deed {
  const [isGood, name, argument] = chance.pick<[boolean | undefined, CommandName, unknown?]>([
    [true, 'pause'],
    [true, 'resume'],
    [true, 'resume'],
    [undefined, 'approve'],
    [undefined, 'approve'],
    [undefined, 'releaseInvitations'],
    [true, 'setMode', chance.pick(['skip', 'update'])],
    [true, 'setConcurrency', 1 + chance.below(8)],
    [true, 'setEmailRate', 60 + chance.below(540)],
    [false, 'setMode', chance.pick(['replace', 7, null, ['skip'], { mode: 'skip' }])],
    [false, 'setConcurrency', chance.pick([0, 51, 2.5, '3', null])],
    [false, 'setEmailRate', chance.pick([0, -1, 60_001, '60', null])],
  ]);
  return {
    do: 'command',
    way: chance.pick<Way>(['signal', 'update']),
    name,
    ...(argument !== undefined && { argument }),
    ...(isGood !== undefined && { isGood }),
  };
}

/** The whole schedule, as it is printed. */
export function described({ seed, people, input, answerAfterMs, events, undo }: SoakPlan): string {
  const counted = (kind: SoakPerson['kind']) => people.filter((each) => each.kind === kind).length;
  const lines = (list: SoakEvent[]): string[] =>
    list.map(
      ({ afterMs, ...rest }) => `  +${afterMs} ms ${Object.values(rest).map(String).join(' ')}`,
    );
  return [
    `SEED=${seed}: ${counted('new')} new, ${counted('existing')} existing and ${counted('invalid')} invalid rows`,
    `  input ${JSON.stringify(input)}; answers after ${answerAfterMs} ms`,
    ...lines(events),
    `undo ${JSON.stringify({ ...undo, events: undefined })}`,
    ...lines(undo.events),
  ].join('\n');
}
