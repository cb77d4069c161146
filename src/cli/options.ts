import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImportRequest, SendingWindow } from '../contract/import/input.js';

/** The import's input as command line options; what is allowed is decided where the input is parsed. */
export function addImportOptions(command: Command): Command {
  addCsvOptions(command.optionsGroup('How the file is written:'));
  return command
    .optionsGroup('What its columns mean:')
    .option(
      '--from <product>',
      'read the export of a product; "presets" lists them. What other options say comes before it',
    )
    .option('--schema-id <id>', 'identity schema (default: "default", else the only one)')
    .option(
      '--mapping <file>',
      'JSON with columns, values, defaults, csv and schemaId; what options say comes before it',
    )
    .option(
      '--column <header=target>',
      'send a column elsewhere, e.g. department=metadata_public.department; for more columns, again',
      collectColumn,
    )
    .option(
      '--value <header:cell=text>',
      'read a cell of a column as another text, e.g. role:administrator=admin; for more, again',
      collectValue,
    )
    .option(
      '--default <column=text>',
      'the value of a column that the file lacks, e.g. role=user; for more, again',
      collectDefault,
    )
    .option(
      '--roles <list>',
      "roles to allow, separated by commas: some of the worker's",
      splitList,
    )
    .option(
      '--tenants <list>',
      "tenants to allow, separated by commas: some of the worker's",
      splitList,
    )
    .option(
      '--nothing <list>',
      'cells to read as empty, separated by commas, e.g. NULL,\\N',
      splitList,
    )
    .option('--clear <text>', 'what a cell holds that is to clear the value of an existing user')
    .optionsGroup('What is done with users:')
    .option(
      '--allow <list>',
      'separated by commas: activate, change-address, change-identifier of existing users; hash-as-password',
      splitList,
    )
    .option(
      '--on-unsupported-hash <what>',
      'of users whose password hash Kratos cannot check: refuse (default), hook or invite',
    )
    .optionsGroup('How it runs:')
    .addOption(new Option('--chunk-size <n>', 'rows a chunk (default: 500)').argParser(toNumber));
}

/** How the file is written, where its header line does not say it. */
function addCsvOptions(command: Command): Command {
  return command
    .option('--separator <name>', 'comma, semicolon, tab or pipe (default: as the header has it)')
    .option('--encoding <name>', 'utf-8, utf-16le, utf-16be, windows-1252 or latin-1')
    .addOption(
      new Option('--lines-before-header <n>', 'lines to read over (default: 0)').argParser(
        toNumber,
      ),
    )
    .option('--header-names <list>', 'columns of a file without a header, by commas', splitList)
    .option('--short-rows <what>', 'rows that lack cells at their end: refuse (default), as-empty')
    .option(
      '--leading-apostrophes <what>',
      'of cells: refuse (default) a file full of them, keep or remove',
    )
    .option(
      '--escape <what>',
      'backslash where one before a separator makes it part of the cell (default: none)',
    );
}

/** The options of whatever starts an import, now or later. */
export function addSettingsOptions(command: Command): Command {
  return addImportOptions(command)
    .optionsGroup('What is done with users:')
    .option('--mode <mode>', 'what happens to existing users: skip (default) or update')
    .option(
      '--set-passwords <whose>',
      'of existing users: never (default), or placeholder: those without one, whom an import created',
    )
    .option('--mark-email-verified', 'import the addresses as verified')
    .optionsGroup('Who is missing from the file (docs/leavers.md):')
    .option('--scope <source>', 'the source that the users of this file belong to')
    .option(
      '--missing <what>',
      'of its users who are not in the file: nothing (default), report, deactivate or delete',
    )
    .addOption(
      new Option(
        '--at-most <share>',
        'wait for "approve" when a larger share of them is missing, 0 to 1 (default: 0.05)',
      ).argParser(toNumber),
    )
    .option('--on-drift <what>', 'of changes by hand in Kratos: overwrite (default) or keep')
    .option('--adopt', 'take users of the file who are of no source into it, once you approve')
    .optionsGroup('Before and while it runs:')
    .option(
      '--actor <name>',
      'the admin on whose behalf it runs (default: IMPORT_ACTOR, else your user name)',
    )
    .option('--on-invalid <what>', 'any invalid row: stop (default) or import-valid')
    .option('--approval', 'show the plan and wait for "approve" before anything is changed')
    .addOption(
      new Option(
        '--canary-rows <n>',
        'import so many rows, then wait for "approve" (default: 0)',
      ).argParser(toNumber),
    )
    .option(
      '--canary-sign-ins <file>',
      'JSON below the import root, as the worker sees it: [{"identifier":"…","password":"…"}] of users who are to sign in before that "approve"',
    )
    .optionsGroup('How it runs:')
    .addOption(
      new Option(
        '--halt-above-failure-rate <share>',
        'pause when a larger share of the rows fails, 0 to 1 (default: 0.2)',
      ).argParser(toNumber),
    )
    .addOption(new Option('--concurrency <n>', 'chunks in flight (default: 5)').argParser(toNumber))
    .optionsGroup('Invitations:')
    .option('--invitations <when>', 'after-import (default), hold or never')
    .addOption(
      new Option('--per-minute <n>', 'invitation mails a minute at most (default: 60)').argParser(
        toNumber,
      ),
    )
    .option('--invite-by <method>', 'link (default), or code where mail scanners open links')
    .option('--invite-sign-ins', 'invite users with a social sign-in and no password, too')
    .option('--expires-in <time>', 'how long a link or code works, e.g. 30m or 48h (default: 1h)')
    .option(
      '--window <from-to@zone>',
      'hours in which mails go out, e.g. 08:00-18:00@Europe/Berlin',
      toWindow,
    );
}

/** The same, and what a start has alone. */
export function addStartOptions(command: Command): Command {
  return addSettingsOptions(command)
    .optionsGroup('Before and while it runs:')
    .addOption(
      new Option(
        '--dry-run [what]',
        'change nothing. file (default): validate only; live: also ask Kratos what each row would do',
      )
        .preset('file')
        .argParser(toDryRun),
    )
    .optionsGroup('How it runs:')
    .option('--detach', 'start it and leave');
}

export interface StartOptions extends SettingsOptions {
  dryRun?: string;
  detach?: boolean;
}

export interface SettingsOptions {
  from?: string;
  schemaId?: string;
  mapping?: string;
  column?: Record<string, string>;
  value?: Record<string, Record<string, string>>;
  default?: Record<string, string>;
  roles?: string[];
  tenants?: string[];
  allow?: string[];
  onUnsupportedHash?: string;
  nothing?: string[];
  clear?: string;
  chunkSize?: number;
  separator?: string;
  encoding?: string;
  linesBeforeHeader?: number;
  headerNames?: string[];
  shortRows?: string;
  leadingApostrophes?: string;
  escape?: string;
  actor?: string;
  mode?: string;
  scope?: string;
  missing?: string;
  atMost?: number;
  onDrift?: string;
  adopt?: boolean;
  onInvalid?: string;
  approval?: boolean;
  canaryRows?: number;
  canarySignIns?: string;
  haltAboveFailureRate?: number;
  concurrency?: number;
  setPasswords?: string;
  markEmailVerified?: boolean;
  invitations?: string;
  perMinute?: number;
  inviteBy?: string;
  inviteSignIns?: boolean;
  expiresIn?: string;
  window?: SendingWindow;
  /** How the command answers. */
  json?: boolean;
}

/** The options as the import's input without its file; it has only the keys that were given. */
export function toRequest(options: StartOptions): Omit<ImportRequest, 'file' | 'actor'> {
  const { column: columns, value: values, default: defaults, approval, ...given } = options;
  const { detach: _, actor: __, mapping: ___, json: ____, ...more } = given;
  const { separator, encoding, linesBeforeHeader, headerNames, shortRows, ...further } = more;
  const { leadingApostrophes, escape, nothing, clear, ...rest } = further;
  const { invitations: send, perMinute, inviteBy: method, expiresIn, window, ...last } = rest;
  const { inviteSignIns: withSignIn, missing: what, scope, atMost, ...others } = last;
  const invitations = withoutAbsent({ send, perMinute, method, expiresIn, window, withSignIn });
  const csv = withoutAbsent({
    ...{ separator, encoding, linesBeforeHeader },
    ...{ headerNames, shortRows, leadingApostrophes, escape, nothing, clear },
  });
  const missing = withoutAbsent({ do: what, scope, atMost });
  return withoutAbsent({
    ...others,
    missing: Object.keys(missing).length > 0 ? missing : undefined,
    invitations: Object.keys(invitations).length > 0 ? invitations : undefined,
    columns,
    values,
    defaults,
    csv: Object.keys(csv).length > 0 ? csv : undefined,
    approval: approval ? 'required' : undefined,
  });
}

/** A key that is present, even if undefined, would replace the setting of the import that a retry takes over. */
function withoutAbsent(keys: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

function toWindow(text: string): SendingWindow {
  const { from, to, timeZone } =
    /^(?<from>.+)-(?<to>.+?)@(?<timeZone>.+)$/.exec(text)?.groups ?? {};
  if (from === undefined || to === undefined || timeZone === undefined) {
    throw new InvalidArgumentError('It takes from-to@zone, e.g. 08:00-18:00@Europe/Berlin.');
  }
  return { from, to, timeZone };
}

/** A text that is no number stays as it was typed, so that the error can quote it. */
export function toNumber(text: string): number | string {
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

/** The value may be left out, so the name of a file after the option is taken for one. */
function toDryRun(text: string): string {
  if (text !== 'file' && text !== 'live')
    throw new InvalidArgumentError(
      'It takes file or live, or nothing. Put the CSV before it, or write --dry-run=file.',
    );
  return text;
}

/** A target has no `=`, and a header may have some. */
function collectColumn(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1)
    throw new InvalidArgumentError(
      'It takes header=target, e.g. department=metadata_public.department.',
    );
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

function collectValue(
  text: string,
  earlier: Record<string, Record<string, string>> = {},
): Record<string, Record<string, string>> {
  const [header, rest] = splitAt(':', text);
  const [cell, value] = splitAt('=', rest ?? '');
  if (header === '' || value === undefined) {
    throw new InvalidArgumentError(
      'It takes header:cell=text, e.g. role:administrator=admin. A colon or = of the header or the cell is written \\: or \\=.',
    );
  }
  return { ...earlier, [header]: { ...earlier[header], [cell]: value } };
}

function collectDefault(
  text: string,
  earlier: Record<string, string> = {},
): Record<string, string> {
  const [name, value] = splitAt('=', text);
  if (name === '' || value === undefined) {
    throw new InvalidArgumentError(
      'It takes column=text, e.g. role=user. A = of the column is written \\=.',
    );
  }
  return { ...earlier, [name]: value };
}

/** At the first of these characters that has no backslash before it; those of the part before it are dropped. */
function splitAt(character: ':' | '=', text: string): [before: string, after: string | undefined] {
  let end = 0;
  while (end < text.length && text[end] !== character) end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) return [text, undefined];
  return [text.slice(0, end).replaceAll(/\\(.)/gs, '$1'), text.slice(end + 1)];
}

function splitList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
