/** The one JSON object that starts an import: its keys, defaults and what each allows. */
import { z } from 'zod';
import { csvSchema, MAX_COLUMNS } from './csv-settings.js';
import { WORKFLOW_ID_PATTERN } from '../ids.js';
import { parseInput } from '../input-problems.js';
import { PRESET_NAMES } from './preset-names.js';
import { isPlainText, plainText } from '../plain-text.js';

/** What happens to a row whose user exists. */
export const MODE = z.enum(['skip', 'update']);
export type Mode = z.output<typeof MODE>;

/** What an import does only when it is asked to: to existing users in update mode, and with values that seem wrong. */
const ALLOWABLE = z.enum([
  ...(['activate', 'change-address', 'change-identifier'] as const),
  ...(['hash-as-password', 'unknown-provider'] as const),
]);
export type Allowable = z.output<typeof ALLOWABLE>;

/** What becomes of the users of a source who are not in its file any more. */
const MISSING_DO = z.enum(['nothing', 'report', 'deactivate', 'delete']);
export type MissingDo = z.output<typeof MISSING_DO>;

/** A source: the name whose nights belong together. It is never a run id, and names a folder of the store. */
export const SOURCE_NAME = z
  .string()
  .regex(/^(?!\.+$)[A-Za-z0-9._-]{1,100}$/)
  .describe('1 to 100 of the characters A-Z a-z 0-9 . _ - (not dots alone)');

/** What a row itself says is to be done, in a column of the target `action`. */
export const ROW_ACTIONS = ['create', 'update', 'skip', 'deactivate', 'delete'] as const;
export type RowAction = (typeof ROW_ACTIONS)[number];

function missingSchema() {
  return z
    .strictObject({
      do: MISSING_DO.default('nothing').describe(
        '"nothing", "report", "deactivate" or "delete"; all but the first with a scope and without retryOf only',
      ),
      scope: SOURCE_NAME.optional().describe(
        `the name of the source, ${SOURCE_NAME.description!}; with mode "update" only`,
      ),
      atMost: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe('a share of the users of the source from 0 to 1: of more, you are asked first'),
    })
    .prefault({})
    .describe('an object of do, scope and atMost');
}

/** What becomes of a user whose password hash Kratos cannot check. */
const ON_UNSUPPORTED_HASH = z.enum(['refuse', 'hook', 'invite']);
export type OnUnsupportedHash = z.output<typeof ON_UNSUPPORTED_HASH>;

export const CONCURRENCY = z.int().min(1).max(50).describe('a whole number of chunks from 1 to 50');

/** Self-declared: who may start workflows is Temporal's authorization. */
export const ACTOR = z
  .string()
  .trim()
  .pipe(plainText(200))
  .describe('the admin on whose behalf this runs, 1 to 200 characters without control characters');

export const PER_MINUTE = z
  .int()
  .min(1)
  .max(60_000)
  .describe('a whole number of mails from 1 to 60000');

/** How Kratos lets an invited person in: by a link that works once, or by a code to enter on a page. */
const METHOD = z.enum(['link', 'code']);
export type RecoveryMethod = z.output<typeof METHOD>;

/** Which of the day's hours mails may go out in. Whether the zone exists is found out before the import begins. */
function windowSchema() {
  const timeOfDay = z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .describe('a time of day from "00:00" to "23:59"');
  return z
    .strictObject({
      from: timeOfDay,
      to: timeOfDay,
      timeZone: z
        .string()
        .regex(/^[A-Za-z0-9_+/-]{1,64}$/)
        .describe('the name of a time zone, for example "Europe/Berlin"'),
    })
    .refine(({ from, to }) => from !== to)
    .describe(
      'an object such as {"from":"08:00","to":"18:00","timeZone":"Europe/Berlin"}, from and to not the same',
    );
}
export type SendingWindow = z.output<ReturnType<typeof windowSchema>>;

const LIFETIME = /^[1-9]\d{0,4}[smh]$/;
const SHORTEST_LIFETIME_S = 60;

export function invitationsSchema() {
  const window = windowSchema();
  return z
    .strictObject({
      send: z
        .enum(['after-import', 'hold', 'never'])
        .default('after-import')
        .describe('"after-import", "hold" until releaseInvitations, or "never"'),
      perMinute: PER_MINUTE.default(60).describe(PER_MINUTE.description!),
      method: METHOD.default('link').describe('"link" or "code"'),
      expiresIn: z
        .string()
        .regex(LIFETIME)
        .refine((text) => lifetimeSeconds(text) >= SHORTEST_LIFETIME_S)
        .default('1h')
        .describe('how long a link or code works, at least a minute: "90s", "30m" or "48h"'),
      window: window.optional().describe(window.description!),
      withSignIn: z
        .boolean()
        .default(false)
        .describe('whether users who come with a social sign-in and no password are invited, too'),
    })
    .prefault({})
    .describe('an object of send, perMinute, method, expiresIn, window and withSignIn');
}
export type InvitationSettings = z.output<ReturnType<typeof invitationsSchema>>;

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** @param text such as `30m`, as Kratos writes a duration */
export function lifetimeSeconds(text: string): number {
  return Number(text.slice(0, -1)) * SECONDS[text.slice(-1)]!;
}

/** What stands in a cell, or is to be read there; empty where there is nothing. */
const cell = () => z.string().max(1000).refine(isPlainText);

/** The same as people write it in JSON. */
const cellValue = () =>
  z.union([cell(), z.boolean(), z.number()]).transform((value) => String(value));

const MAX_ALTERNATIVES = 20;

const names = (what: string) =>
  z.array(plainText(255)).min(1).max(10_000).optional().describe(what);

/**
 * Each key's description is what an error says is allowed.
 *
 * Made when an input is read: every workflow loads this module, and those of the chunks, thousands of them, read none.
 */
export function importInputSchema() {
  const schema = z.strictObject({
    file: plainText(4096).describe(
      'the CSV\'s path below the worker\'s import root, for example "users.csv"',
    ),
    actor: ACTOR,
    mode: MODE.default('skip').describe(
      '"skip" to leave existing users as they are, or "update" to change what differs',
    ),
    dryRun: z
      .union([z.literal(false), z.literal('file'), z.literal('live')])
      .default(false)
      .describe('false, "file" to validate only, or "live" to ask Kratos what each row would do'),
    onInvalid: z
      .enum(['stop', 'import-valid'])
      .default('stop')
      .describe('"stop" or "import-valid"'),
    approval: z.enum(['none', 'required']).default('none').describe('"none" or "required"'),
    canaryRows: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe('a whole number of rows from 0 to 1000000'),
    canarySignIns: plainText(4096)
      .optional()
      .describe(
        "the path below the worker's import root of a JSON file, with canaryRows of 1 or more only",
      ),
    haltAboveFailureRate: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('a share of the rows from 0 to 1'),
    chunkSize: z
      .int()
      .min(1)
      .max(1000)
      .default(500)
      .describe('a whole number of rows from 1 to 1000'),
    concurrency: CONCURRENCY.default(5).describe(CONCURRENCY.description!),
    schemaId: plainText(255).optional().describe('the id of an identity schema of this Kratos'),
    from: z
      .enum(PRESET_NAMES)
      .optional()
      .describe(
        `the product whose export the file is: ${PRESET_NAMES.map((name) => `"${name}"`).join(', ')}; what other keys say comes before it`,
      ),
    columns: z
      .record(
        plainText(255),
        z.union([plainText(255), z.array(plainText(255)).min(1).max(MAX_ALTERNATIVES)]),
      )
      .refine((columns) => Object.keys(columns).length <= MAX_COLUMNS)
      .default({})
      .describe(
        'an object of CSV header to target: traits.<path>, metadata_public.<path>, metadata_admin.<path>, ' +
          'external_id, state, inactive_until, leave_out, action, password, password_hash, password_hash.<format>, password_hash.<format>.<part>, email_verified, phone_verified, ' +
          'sign_in.<provider>, password_migration_hook, organization_id, saml.<provider>, totp_url, lookup_codes, passkeys, ignore, or the name of a default column; ' +
          'traits.<path>[0] is an entry of a list, traits.<path>[] all of it; a list of targets means the first that the identity schema has, for a column that the file may lack',
      ),
    onUnsupportedHash: ON_UNSUPPORTED_HASH.optional()
      .meta({ default: 'refuse' })
      .describe(
        'what to do with a password hash that Kratos cannot check: "refuse" the row, create the user with the password migration "hook", or "invite" them as users without a password, as is done by default with "from"',
      ),
    values: z
      .record(plainText(255), z.record(cell(), cellValue()))
      .refine((columns) => Object.keys(columns).length <= MAX_COLUMNS)
      .default({})
      .describe(
        'an object of CSV header to what is read in the place of its cells, ' +
          'for example {"role":{"administrator":"admin","":"user"}}',
      ),
    defaults: z
      .record(plainText(255), cellValue())
      .refine((columns) => Object.keys(columns).length <= MAX_COLUMNS)
      .default({})
      .describe(
        'an object of default column, or target, to the value of every row, where the file lacks that column, ' +
          'for example {"role":"user"}',
      ),
    mapping: z
      .strictObject({
        file: plainText(255).describe('the name of a mapping file'),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .describe('its SHA-256 in hexadecimal'),
      })
      .optional()
      .describe(
        'the mapping file that columns, values and defaults were taken from, for the record: an object of file and sha256',
      ),
    csv: csvSchema(),
    roles: names("a list of role names, each among the worker's ROLES"),
    tenants: names("a list of tenant names, each among the worker's TENANTS"),
    allow: z
      .array(ALLOWABLE)
      .default([])
      .describe(
        'what update mode may do besides, whether passwords may look like hashes, and sign-ins be of providers that Kratos does not show: a list of "activate", "change-address", "change-identifier", "hash-as-password" and "unknown-provider"',
      ),
    setPasswords: z
      .enum(['never', 'placeholder'])
      .default('never')
      .describe(
        '"never", or "placeholder" to set the passwords of users whom an earlier import created without one and who have chosen none',
      ),
    markEmailVerified: z.boolean().default(false).describe('true or false'),
    missing: missingSchema(),
    onDrift: z
      .enum(['overwrite', 'keep'])
      .default('overwrite')
      .describe(
        '"overwrite" or "keep", of what was changed by hand in Kratos since the last run of the source',
      ),
    adopt: z
      .boolean()
      .default(false)
      .describe(
        'true, with a scope and without retryOf only, to take the users of rows who are of no source into this one, once that is approved; or false',
      ),
    newest: z
      .boolean()
      .default(false)
      .describe('true where file is a pattern with * or ? in its last part, or false'),
    invitations: invitationsSchema(),
    retryOf: z
      .strictObject({
        workflowId: z.string().regex(WORKFLOW_ID_PATTERN).describe("an import's workflow id"),
        runId: z.guid().describe("the run id of that import's first execution"),
      })
      .optional()
      .describe('the run whose rejected rows the file holds: an object of workflowId and runId'),
  });
  return schema
    .refine(({ canarySignIns, canaryRows }) => canarySignIns === undefined || canaryRows > 0, {
      path: ['canarySignIns'],
    })
    .refine(({ missing, retryOf }) => missing.do === 'nothing' || isWhole(missing, retryOf), {
      path: ['missing', 'do'],
    })
    .refine(({ missing, mode }) => missing.scope === undefined || mode === 'update', {
      path: ['missing', 'scope'],
    })
    .refine(({ adopt, missing, retryOf }) => !adopt || isWhole(missing, retryOf), {
      path: ['adopt'],
    });
}

/** Whether the file is all of a source: a retry's is what a run has rejected, and nobody is missing from it. */
function isWhole({ scope }: { scope?: string | undefined }, retryOf: unknown): boolean {
  return scope !== undefined && retryOf === undefined;
}

/** What an admin writes. */
export type ImportRequest = z.input<ReturnType<typeof importInputSchema>>;
/** The same with defaults filled in. `roles`, `tenants` and `schemaId` stay open: their defaults are the worker's. */
export type ImportInput = z.output<ReturnType<typeof importInputSchema>>;

/** Whether it may change users who exist already. */
export function changesExisting({
  mode,
  setPasswords,
}: Pick<ImportInput, 'mode' | 'setPasswords'>): boolean {
  return mode === 'update' || setPasswords !== 'never';
}

export type ParsedInput = { ok: true; input: ImportInput } | { ok: false; message: string };

/** Checks the input of `importUsers`. The message names every key that is wrong, what came and what is allowed. */
export function parseImportInput(raw: unknown): ParsedInput {
  const example = '{"file":"users.csv","actor":"alice"}';
  const parsed = parseInput(importInputSchema(), raw, example);
  if (parsed.ok) return { ok: true, input: parsed.data };
  return { ok: false, message: `The import's input is not valid. ${parsed.problems}` };
}
