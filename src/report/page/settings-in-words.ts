/** An import's settings as sentences, each with the value that stands in its input. Pure. */
import type { Report } from '../../contract/report.js';
import { formatNumber } from '../../format.js';

type Settings = Report['settings'];
/** Told elsewhere on the page. */
type Elsewhere = 'file' | 'actor' | 'retryOf';
type Key = Exclude<keyof Settings, Elsewhere>;

/** A setting: what it is about, and one or more sentences; of maps one for each entry. */
export interface SettingInWords {
  about: string;
  texts: string[];
}

/** What is open, because the worker's or Kratos's own value holds, is left out. */
export function settingsInWords(settings: Settings): SettingInWords[] {
  return (Object.keys(WORDS) as Key[]).flatMap((key) => {
    const { about, say } = WORDS[key] as Words<Key>;
    const value = settings[key];
    const texts = value === undefined ? [] : say(value);
    return texts.length > 0 ? [{ about, texts }] : [];
  });
}

interface Words<K extends Key> {
  about: string;
  say: (value: NonNullable<Settings[K]>) => string[];
}

/** In the order of the page. A new setting is missing here until it has its words. */
const WORDS: { [K in Key]-?: Words<K> } = {
  mode: oneOf('Existing users', {
    skip: 'are left as they are',
    update: 'are changed where the file differs',
  }),
  allow: list('Allowed besides', {
    activate: 'make blocked users active',
    'change-address': 'change addresses that mail goes to',
    'change-identifier': 'change what users sign in with',
    'hash-as-password': 'take passwords that look like hashes',
    'unknown-provider': 'take sign-ins of providers that Kratos does not show',
  }),
  setPasswords: oneOf('Passwords of existing users', {
    never: 'are never set',
    placeholder: 'are set where an earlier import left a placeholder',
  }),
  dryRun: {
    about: 'Dry run',
    say: (value) => [
      value === false
        ? 'No, the import is real (false)'
        : value === 'file'
          ? 'The file alone is validated (file)'
          : 'Kratos is asked what each row would do; nothing is changed (live)',
    ],
  },
  onInvalid: oneOf('Rows that are not valid', {
    stop: 'stop the import before the first user',
    'import-valid': 'are left out; the others are imported',
  }),
  approval: oneOf('Approval of the plan', { none: 'not asked for', required: 'asked for' }),
  canaryRows: {
    about: 'Canary rows',
    say: (rows) => [
      rows === 0
        ? 'None'
        : `The first ${formatNumber(rows)} rows are imported first, and wait for an approval`,
    ],
  },
  canarySignIns: text('Sign-ins tried with the canary rows'),
  haltAboveFailureRate: {
    about: 'Pauses by itself',
    say: (rate) => [`When more than ${Math.round(rate * 1000) / 10} % of the rows fail`],
  },
  markEmailVerified: {
    about: 'Addresses',
    say: (marks) => [
      marks
        ? 'Imported as verified (true)'
        : 'Imported as not verified, unless the file says so (false)',
    ],
  },
  missing: { about: 'Users of the source who are not in the file', say: sayMissing },
  onDrift: oneOf('Changes made by hand since the last run', {
    overwrite: 'are overwritten where the file says otherwise',
    keep: 'are kept',
  }),
  adopt: {
    about: 'Users of no source',
    say: (adopts) => (adopts ? ['Those of rows are taken into the source (true)'] : []),
  },
  newest: {
    about: 'The file',
    say: (isNewest) => (isNewest ? ['The newest one that matches the pattern (true)'] : []),
  },
  onUnsupportedHash: oneOf('Password hashes that Kratos cannot check', {
    refuse: 'the row is rejected',
    hook: 'the user gets the password migration hook',
    invite: 'the user is invited to choose a password',
  }),
  invitations: { about: 'Invitations', say: sayInvitations },
  schemaId: text('Identity schema'),
  roles: names('Roles, narrowed to'),
  tenants: names('Tenants, narrowed to'),
  from: text('Read as an export of'),
  mapping: {
    about: 'Mapping file',
    say: ({ file, sha256 }) => [`${file} (SHA-256 ${sha256})`],
  },
  columns: {
    about: 'Columns',
    say: (columns) =>
      Object.entries(columns).map(([column, to]) =>
        to === 'ignore'
          ? `“${column}” is not imported (ignore)`
          : `“${column}” goes to ${[to].flat().join(', or else to ')}`,
      ),
  },
  values: {
    about: 'Values read as others',
    say: (values) =>
      Object.entries(values).flatMap(([column, cells]) =>
        Object.entries(cells).map(
          ([cell, value]) => `“${column}”: ${quoted(cell)} is read as ${quoted(value)}`,
        ),
      ),
  },
  defaults: {
    about: 'Values for all rows',
    say: (defaults) =>
      Object.entries(defaults).map(([column, value]) => `“${column}”: ${quoted(value)}`),
  },
  csv: { about: 'The file’s text', say: sayCsv },
  chunkSize: { about: 'Rows a chunk', say: (rows) => [formatNumber(rows)] },
  concurrency: {
    about: 'Chunks at once, at the start',
    say: (chunks) => [formatNumber(chunks)],
  },
};

function sayMissing({ do: what, scope, atMost }: Settings['missing']): string[] {
  if (scope === undefined) return [];
  const done = {
    nothing: 'stay as they are (nothing)',
    report: 'are reported (report)',
    deactivate: 'are deactivated (deactivate)',
    delete: 'are deleted (delete)',
  }[what];
  const asks = what === 'deactivate' || what === 'delete';
  const share = Math.round(atMost * 1000) / 10;
  return [
    `Those of “${scope}” ${done}`,
    ...(asks ? [`Of more than ${share} %, it asks first`] : []),
  ];
}

function sayInvitations(invitations: Settings['invitations']): string[] {
  const { send, perMinute, method, expiresIn, window, withSignIn } = invitations;
  if (send === 'never') return ['Not sent (never)'];
  return [
    send === 'hold' ? 'Wait for their release (hold)' : 'Sent after the import (after-import)',
    `At most ${formatNumber(perMinute)} a minute, at the start`,
    `With a ${method === 'code' ? 'code to enter' : 'link'} that works for ${expiresIn} (${method})`,
    ...(window
      ? [`Between ${window.from} and ${window.to} in the time zone ${window.timeZone}`]
      : []),
    ...(withSignIn ? ['Also to users who come with a social sign-in and no password'] : []),
  ];
}

function sayCsv(csv: Settings['csv']): string[] {
  const { separator, encoding, linesBeforeHeader, headerNames } = csv;
  const { shortRows, leadingApostrophes, escape, nothing, clear } = csv;
  return [
    separator !== undefined && `Separator: ${separator === '\t' ? 'tab' : separator}`,
    encoding !== undefined && `Encoding: ${encoding}`,
    linesBeforeHeader !== undefined && `Lines before the header: ${linesBeforeHeader}`,
    headerNames && `Without a header; its columns: ${headerNames.join(', ')}`,
    shortRows === 'as-empty' && 'Cells that a row lacks at its end are empty (as-empty)',
    leadingApostrophes !== undefined && `Apostrophes before addresses: ${leadingApostrophes}`,
    escape === 'backslash' &&
      'A backslash before a separator makes it part of the cell (backslash)',
    nothing && nothing.length > 0 && `Read as empty: ${nothing.map(quoted).join(', ')}`,
    clear !== undefined && `${quoted(clear)} clears the value of an existing user`,
  ].filter((line) => typeof line === 'string');
}

/** A setting with a few values: `Are left as they are (skip)`. */
function oneOf<Value extends string>(about: string, words: Record<Value, string>) {
  return { about, say: (value: Value) => [capitalized(sayOne(words, value))] };
}

function list<Value extends string>(about: string, words: Record<Value, string>) {
  return {
    about,
    say: (values: Value[]) => values.map((value) => capitalized(sayOne(words, value))),
  };
}

/** A later version may know values that this one does not. */
function sayOne<Value extends string>(words: Record<Value, string>, value: Value): string {
  return Object.hasOwn(words, value) ? `${words[value]} (${value})` : value;
}

function text(about: string) {
  return { about, say: (value: string) => [value] };
}

function names(about: string) {
  return { about, say: (values: string[]) => [values.join(', ')] };
}

function quoted(cell: string): string {
  return cell === '' ? 'an empty cell' : `“${cell}”`;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
