/** The one JSON object that starts an import: its keys, defaults and what each allows. */
import { z } from 'zod';

/** What happens to a row whose user exists. */
export const MODE = z.enum(['skip', 'update']);
export type Mode = z.output<typeof MODE>;

export const CONCURRENCY = z.int().min(1).max(50).describe('a whole number of chunks from 1 to 50');

export const PER_MINUTE = z
  .int()
  .min(1)
  .max(60_000)
  .describe('a whole number of mails from 1 to 60000');

/** Mails a minute when nobody says otherwise. */
export const DEFAULT_PER_MINUTE = 60;

const names = (what: string) => z.array(z.string().min(1)).min(1).optional().describe(what);

/** Each key's description is what an error says is allowed. */
const importInputSchema = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4096)
    .describe('the CSV\'s path below the worker\'s import root, for example "users.csv"'),
  actor: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('the admin on whose behalf this runs, 1 to 200 characters'),
  mode: MODE.default('skip').describe(
    '"skip" to leave users who exist as they are, or "update" to change what differs',
  ),
  dryRun: z
    .union([z.literal(false), z.literal('file'), z.literal('live')])
    .default(false)
    .describe('false, "file" to validate only, or "live" to ask Kratos what each row would do'),
  onInvalid: z.enum(['stop', 'import-valid']).default('stop').describe('"stop" or "import-valid"'),
  approval: z.enum(['none', 'required']).default('none').describe('"none" or "required"'),
  canaryRows: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('a whole number of rows from 0 to 1000000'),
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
  schemaId: z.string().min(1).optional().describe('the id of an identity schema of this Kratos'),
  columns: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe(
      'an object of CSV header to target: traits.<path>, metadata_public.<path>, metadata_admin.<path>, ' +
        'external_id, state, password, password_hash or ignore',
    ),
  roles: names("a list of role names, each among the worker's ROLES"),
  tenants: names("a list of tenant names, each among the worker's TENANTS"),
  markEmailVerified: z.boolean().default(false).describe('true or false'),
});

/** What an admin writes. */
export type ImportRequest = z.input<typeof importInputSchema>;
/** The same with defaults filled in. `roles`, `tenants` and `schemaId` stay open: their defaults are the worker's. */
export type ImportInput = z.output<typeof importInputSchema>;

export type ParsedInput = { ok: true; input: ImportInput } | { ok: false; message: string };

/** Checks the input of `importUsers`. The message names every key that is wrong, what came and what is allowed. */
export function parseImportInput(raw: unknown): ParsedInput {
  const parsed = importInputSchema.safeParse(raw);
  if (parsed.success) return { ok: true, input: parsed.data };
  // A list with two wrong entries is one wrong key.
  const problems = new Set(parsed.error.issues.map((issue) => describeIssue(issue, raw)));
  return { ok: false, message: `The import's input is not valid. ${[...problems].join(' ')}` };
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(importInputSchema.shape).join(', ');
    return `Unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}; the keys are: ${known}.`;
  }
  const key = issue.path[0];
  if (key === undefined) {
    return `Expected one JSON object such as {"file":"users.csv","actor":"alice"}, got ${show(raw)}.`;
  }
  const value = (raw as Record<string, unknown>)[String(key)];
  const allowed = importInputSchema.shape[key as keyof typeof importInputSchema.shape].description;
  return `${String(key)}: got ${show(value)}; allowed: ${allowed}.`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
