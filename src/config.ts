/** The worker's settings, from the environment. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RETENTION_DAYS } from './contract/purge/input.js';
import { parseSearchAttributes, type SearchAttributes } from './contract/search-attributes.js';
import { isListenAddress, isLoopback } from './address.js';
import { isTableName } from './audit/table-name.js';
import { loadTemplates } from './invitations/mail/invitation-mail.js';
import type { Sender } from './invitations/mail/mailer.js';
import {
  oauth2Problems,
  oauth2SettingsOf,
  oauth2Text,
  tokenUrl,
  type OAuth2Settings,
} from './invitations/mail/oauth2-settings.js';
import { parseSender } from './invitations/mail/sender.js';
import { smtpUrlProblem } from './invitations/mail/smtp-url.js';
import { TemplateError } from './invitations/mail/template.js';
import {
  mailTo,
  notifyProblem,
  notifySettingsOf,
  webhookSecrets,
  webhookUrl,
  type NotifySettings,
} from './notify/settings.js';
import type { Parts } from './passwords/formats/converted.js';
import {
  parseFirebaseParameters,
  type ProjectParameters,
} from './passwords/formats/project-parameters.js';
import { SettingsError } from './settings-error.js';
import { isS3, parseS3Address } from './store/s3-address.js';
import { DEFAULT_TASK_QUEUE } from './temporal.js';
import { uiUrlProblem } from './temporal-ui.js';

const namesIn = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

const list = z
  .string()
  .transform((text) => namesIn(text))
  .refine((names) => names.length > 0, 'names nothing');

/** One tenant a line, or with commas between them. */
const tenantsFile = z.string().transform((path, context): string[] => {
  let names: string[] = [];
  try {
    names = namesIn(readFileSync(path, 'utf8'));
    if (names.length === 0) context.addIssue(`names nothing: ${path}`);
  } catch (error) {
    context.addIssue(`cannot be read (${(error as NodeJS.ErrnoException).code}): ${path}`);
  }
  return names;
});

/** Never quoted: the signer key is a secret. */
const firebaseParametersFile = z.string().transform((path, context): Parts => {
  try {
    const parsed = parseFirebaseParameters(readFileSync(path, 'utf8'));
    if ('parts' in parsed) return parsed.parts;
    context.addIssue(`does not give ${parsed.missing.join(', ')}: ${path}`);
  } catch (error) {
    context.addIssue(`cannot be read (${(error as NodeJS.ErrnoException).code}): ${path}`);
  }
  return {};
});

const url = z.url({
  protocol: /^https?$/,
  error: ({ input }) =>
    input === undefined ? 'is missing: an http or https URL' : 'is not an http or https URL',
});

function hasLogin(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { username, password } = new URL(address);
  return username !== '' || password !== '';
}

/** The schemas are read there without a login. */
const publicUrl = url.refine(
  (text) => !hasLogin(text),
  'holds a login, which only KRATOS_ADMIN_URL may',
);

/** An empty setting in a .env file counts as missing. */
const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), type.optional());

const required = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), type);

/** Never quoted, since it may hold a password. */
const smtpUrl = z
  .string('is missing: the URL of a mail server, smtp or smtps')
  .superRefine((text, context) => {
    const problem = smtpUrlProblem(text);
    if (problem !== undefined) context.addIssue(problem);
  });

const sender = z
  .string('is missing: "Name <address>", or an address')
  .transform((text, context): Sender => {
    const parsed = parseSender(text);
    if (parsed === undefined) context.addIssue('is not one "Name <address>", or one address');
    return parsed ?? { address: '' };
  });

const appName = z
  .string('is missing: the name that people know your platform by')
  .regex(/^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u, 'is not one line of 1 to 100 characters');

/** The templates are loaded at once, so that the first invited user does not meet a mistake in them. */
const templatesFolder = z.string().superRefine((path, context) => {
  try {
    loadTemplates(path);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    context.addIssue(`cannot be used: ${error.message}`);
  }
});

/** Never quoted, since it may hold a password. */
const databaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'is not a postgres:// or postgresql:// URL',
});

const table = z
  .string()
  .refine(isTableName, 'is not the name of a table, or of a schema and a table: audit.audit_log');

const place = required(
  z
    .string('is missing: the path of a folder, or s3://bucket/prefix')
    .refine(
      (text) => !isS3(text) || parseS3Address(text) !== undefined,
      'is not s3://bucket or s3://bucket/prefix',
    ),
);

/** @param wanted what the value has to be, for errors */
function wholeNumber(least: number, most: number, wanted: string) {
  const error = `is not ${wanted}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
}

const DEFAULT_ROLES = ['admin', 'user', 'support'];
const DEFAULT_AUDIT_TABLE = 'audit_log';
/** Kratos's own default. */
const DEFAULT_BCRYPT_COST = 12;

/** Chunks wait for Kratos most of their time; an import's own `concurrency` keeps Kratos from being overloaded. */
const DEFAULT_MAX_ACTIVITIES = 50;
const DEFAULT_SHUTDOWN_GRACE_SECONDS = 30;

const taskQueueName = z
  .string()
  .regex(
    /^[A-Za-z0-9._:/-]{1,200}$/,
    'is not a name of 1 to 200 of the characters A-Z a-z 0-9 . _ : / -',
  );

/** Temporal takes neither a dot nor a colon in the name: they are between name and build id. */
const deploymentName = z
  .string()
  .regex(
    /^(?!__)[A-Za-z0-9_/-]{1,200}$/,
    'is not a name of 1 to 200 of the characters A-Z a-z 0-9 _ / -',
  );

const buildId = z
  .string()
  .regex(
    /^(?!__)[A-Za-z0-9._:@+/-]{1,200}$/,
    'is not an id of 1 to 200 of the characters A-Z a-z 0-9 . _ : @ + / -',
  );

/** Temporal's Worker Controller for Kubernetes gives its workers their version under names of its own. */
function ofWorkerController(env: Record<string, string | undefined>): typeof env {
  if (env['WORKER_DEPLOYMENT_NAME'] || env['WORKER_BUILD_ID']) return {};
  return {
    WORKER_DEPLOYMENT_NAME: env['TEMPORAL_DEPLOYMENT_NAME'],
    WORKER_BUILD_ID: env['TEMPORAL_WORKER_BUILD_ID'],
  };
}
const uiUrl = z.string().superRefine((text, context) => {
  const problem = uiUrlProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

const searchAttributes = z.string().transform((text, context): SearchAttributes => {
  const parsed = parseSearchAttributes(text);
  if ('attributes' in parsed) return parsed.attributes;
  context.addIssue(parsed.problem);
  return {};
});

/** What the worker's log has at least. */
export type LogLevel = 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';

export type LogFormat = 'text' | 'json';

const logLevel = z
  .enum(['error', 'warn', 'info', 'debug'], 'is not error, warn, info or debug')
  .transform((level) => level.toUpperCase() as LogLevel);

/** Where the worker listens. */
const listenAddress = z
  .string()
  .refine(isListenAddress, 'is not an IP address and a port, such as 127.0.0.1:9090');

/** docs/reference.md is made of these descriptions; `fallback` is the default in words. */
export const settingsSchema = z.object({
  TASK_QUEUE: optional(taskQueueName).meta({
    description: "Temporal's task queue of the workers and of the commands",
    fallback: DEFAULT_TASK_QUEUE,
  }),
  WORKER_DEPLOYMENT_NAME: optional(deploymentName).meta({
    description: 'Worker Deployment of Temporal to which this worker belongs',
    fallback: 'none: workers have no version',
  }),
  WORKER_BUILD_ID: optional(buildId).meta({
    description: 'its version there, on which the imports that begin on it end; both or none',
    fallback: 'none',
  }),
  TEMPORAL_UI_URL: optional(uiUrl).meta({
    description: "Temporal's UI, to which commands and reports link",
    fallback: 'none: no links',
  }),
  SEARCH_ATTRIBUTES: optional(searchAttributes).meta({
    description: 'search attributes that imports set: phase=ImportPhase,created=ImportCreated',
    fallback: 'none',
  }),
  KRATOS_ADMIN_URL: required(url).meta({ description: 'the admin API of Kratos' }),
  KRATOS_ADMIN_TOKEN: optional(z.string()).meta({
    description: 'bearer token for the admin API; sent to that origin only',
    fallback: 'none',
  }),
  KRATOS_PUBLIC_URL: optional(publicUrl).meta({
    description:
      'the public API, from which identity schemas are read, and where canarySignIns signs in',
    fallback: 'where the admin API redirects to',
  }),
  KRATOS_PROXY_URL: optional(url).meta({
    description: 'proxy on the way to Kratos; HTTP_PROXY and the like are not heeded',
    fallback: 'none',
  }),
  SMTP_URL: required(smtpUrl).meta({ description: 'the mail server: smtp:// or smtps://' }),
  SMTP_OAUTH2_TOKEN_URL: optional(tokenUrl).meta({
    description: 'where a login by OAuth2 gets its tokens: https://…',
    fallback: 'none: the login is in SMTP_URL',
  }),
  SMTP_OAUTH2_CLIENT_ID: optional(oauth2Text).meta({
    description: "the application's id at the provider",
    fallback: 'none; all three or none',
  }),
  SMTP_OAUTH2_CLIENT_SECRET: optional(oauth2Text).meta({
    description: "the application's secret",
    fallback: 'none; all three or none',
  }),
  SMTP_OAUTH2_REFRESH_TOKEN: optional(oauth2Text).meta({
    description: 'by which a mailbox lets the application send, as Google has it',
    fallback: 'none: client credentials, as Microsoft 365 has them',
  }),
  SMTP_OAUTH2_SCOPE: optional(oauth2Text).meta({
    description: 'what the token is asked for',
    fallback: 'https://outlook.office365.com/.default; none with a refresh token',
  }),
  SMTP_OAUTH2_USER: optional(oauth2Text).meta({
    description: 'the mailbox that sends',
    fallback: 'the address of MAIL_FROM',
  }),
  MAIL_FROM: required(sender).meta({ description: 'the sender of mails: "Name <address>"' }),
  APP_NAME: required(appName).meta({ description: 'the name of the platform in mails' }),
  MAIL_TEMPLATES: optional(templatesFolder).meta({
    description: 'folder with templates of your own',
    fallback: "the project's",
  }),
  NOTIFY_WEBHOOK_URL: optional(webhookUrl).meta({
    description: 'where operators are told of gates, pauses and ends: https://…',
    fallback: 'none',
  }),
  NOTIFY_WEBHOOK_SECRET: optional(webhookSecrets).meta({
    description: 'signs what goes there: whsec_…, or two while one replaces the other',
    fallback: 'none; both or none',
  }),
  NOTIFY_MAIL_TO: optional(mailTo).meta({
    description: 'addresses that are told the same by mail, separated by commas',
    fallback: 'none',
  }),
  AUDIT_DATABASE_URL: optional(databaseUrl).meta({
    description: 'Postgres that gets the audit events as well',
    fallback: 'none: the file only',
  }),
  AUDIT_TABLE: optional(table).meta({
    description: 'its table, with the schema in front if need be',
    fallback: DEFAULT_AUDIT_TABLE,
  }),
  IMPORT_ROOT: place.meta({
    description: 'where the CSV files are, for all workers: a folder, or s3://bucket/prefix',
  }),
  IMPORT_RUNS: place.meta({
    description: 'where all workers keep what runs leave: a folder, or s3://bucket/prefix',
  }),
  S3_FORCE_PATH_STYLE: optional(z.enum(['true', 'false'], 'is not true or false')).meta({
    description: 'whether the bucket goes into the path of a URL, not into the name of its host',
    fallback: 'true where AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is set',
  }),
  RUNS_RETENTION_DAYS: optional(wholeNumber(1, 36_500, RETENTION_DAYS.description!)).meta({
    description: `days after which a run's personal data is purged, unless the command retention says otherwise: ${RETENTION_DAYS.description}`,
    fallback: "the deployment's, as `retention` tells it",
  }),
  ROLES: optional(list).meta({
    description: 'allowed roles, separated by commas',
    fallback: DEFAULT_ROLES.join(','),
  }),
  TENANTS: optional(list).meta({
    description: 'known tenants, separated by commas',
    fallback: 'none: not checked',
  }),
  TENANTS_FILE: optional(tenantsFile).meta({
    description: 'the same from a file; not together with TENANTS',
    fallback: 'none',
  }),
  FIREBASE_HASH_PARAMETERS_FILE: optional(firebaseParametersFile).meta({
    description:
      "file with the project's password hash parameters, for hashes exported from Firebase",
    fallback: 'none',
  }),
  PASSWORD_BCRYPT_COST: optional(wholeNumber(4, 15, 'a whole number from 4 to 15')).meta({
    description: 'bcrypt cost of the hashes that the worker makes, 4 to 15',
    fallback: String(DEFAULT_BCRYPT_COST),
  }),
  PASSWORD_HASHING_THREADS: optional(wholeNumber(1, 256, 'a whole number from 1 to 256')).meta({
    description: 'threads of the worker that hash passwords, 1 to 256',
    fallback: 'one more than it has cores',
  }),
  LOG_LEVEL: optional(logLevel).meta({
    description: "what the worker's log has at least: error, warn, info or debug",
    fallback: 'info',
  }),
  LOG_FORMAT: optional(z.enum(['text', 'json'], 'is not text or json')).meta({
    description: "the form of the worker's log: text, or json, one object a line",
    fallback: 'text',
  }),
  METRICS_ADDRESS: optional(listenAddress).meta({
    description: 'host and port at which Prometheus reads metrics, under /metrics',
    fallback: 'none: no metrics',
  }),
  HEALTH_ADDRESS: optional(listenAddress).meta({
    description: 'host and port that answer /healthz and /readyz',
    fallback: 'none',
  }),
  MAX_ACTIVITIES: optional(wholeNumber(1, 1000, 'a whole number from 1 to 1000')).meta({
    description: 'steps of imports that the worker takes at once, 1 to 1000',
    fallback: String(DEFAULT_MAX_ACTIVITIES),
  }),
  SHUTDOWN_GRACE_SECONDS: optional(wholeNumber(0, 3600, 'a whole number from 0 to 3600')).meta({
    description: 'how long a worker that is ended waits for what is in flight, in seconds',
    fallback: String(DEFAULT_SHUTDOWN_GRACE_SECONDS),
  }),
});

/** The names of the worker's own settings; Temporal's are read by its SDK. */
export const SETTINGS = Object.keys(settingsSchema.shape);

export interface Settings {
  kratos: {
    adminUrl: string;
    adminToken?: string | undefined;
    publicUrl?: string | undefined;
    proxyUrl?: string | undefined;
  };
  mail: {
    smtpUrl: string;
    /** Undefined: the login, if there is one, is in the URL. */
    oauth2?: OAuth2Settings | undefined;
    from: Sender;
    /** The name of the platform in mails. */
    appName: string;
    /** Folder of templates that replace the project's. */
    templates?: string | undefined;
  };
  /** Undefined: operators are told nothing. */
  notify?: NotifySettings | undefined;
  /** Undefined: audit events go into the run's folder only. */
  audit?: { databaseUrl: string; table: string } | undefined;
  /** Where the files to import are: a folder, or `s3://bucket/prefix`. */
  importRoot: string;
  /** Where the runs' own files are, the same way. */
  runsRoot: string;
  /** Days after which Temporal has a run purged where nobody has said yet; undefined: the worker does not say. */
  retentionDays?: number | undefined;
  roles: readonly string[];
  /** Undefined: any tenant is allowed, with a warning. */
  tenants: readonly string[] | undefined;
  /** What hashes of other products are made with. */
  projectParameters?: ProjectParameters | undefined;
  bcryptCost: number;
  /** Undefined: imports set none. */
  searchAttributes?: SearchAttributes | undefined;
  /** Where people find Temporal's UI, for links. */
  temporalUiUrl?: string | undefined;
  /** Undefined: one more than the worker has cores. */
  hashingThreads?: number | undefined;
  logLevel: LogLevel;
  /** The worker's version; undefined: it has none. */
  deployment?: { name: string; buildId: string } | undefined;
  logFormat: LogFormat;
  /** Where Prometheus reads metrics; undefined: nowhere. */
  metricsAddress?: string | undefined;
  /** Where the worker's health is told; undefined: nowhere. */
  healthAddress?: string | undefined;
  maxActivities: number;
  shutdownGraceSeconds: number;
}

/**
 * @param env usually process.env, after `loadEnvFile`
 * @throws SettingsError
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = { ...env, ...ofWorkerController(env) };
  const parsed = settingsSchema.safeParse(given);
  const problems = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `  ${path.join('.')} ${message}`,
  );
  if (env['TENANTS'] && env['TENANTS_FILE']) {
    problems.push('  TENANTS_FILE is set beside TENANTS; set one of them');
  }
  if (!given['WORKER_DEPLOYMENT_NAME'] !== !given['WORKER_BUILD_ID']) {
    problems.push(
      '  WORKER_DEPLOYMENT_NAME and WORKER_BUILD_ID belong together; set both, or none',
    );
  }
  problems.push(...oauth2Problems(env).map((problem) => `  ${problem}`));
  const ofNotify = notifyProblem(env);
  if (ofNotify !== undefined) problems.push(`  ${ofNotify}`);
  if (env['KRATOS_ADMIN_TOKEN'] && hasLogin(env['KRATOS_ADMIN_URL'] ?? '')) {
    problems.push(
      '  KRATOS_ADMIN_TOKEN is set beside the login in KRATOS_ADMIN_URL; set one of them',
    );
  }
  if (!parsed.success || problems.length > 0) {
    throw new SettingsError(
      `These settings are missing or wrong (environment, or .env in this folder; .env.example explains each):\n${problems.join('\n')}`,
      problems.map((problem) => problem.trim()),
    );
  }
  const values = parsed.data;
  return {
    kratos: {
      adminUrl: values.KRATOS_ADMIN_URL,
      adminToken: values.KRATOS_ADMIN_TOKEN,
      publicUrl: values.KRATOS_PUBLIC_URL,
      proxyUrl: values.KRATOS_PROXY_URL,
    },
    mail: {
      smtpUrl: values.SMTP_URL,
      oauth2: oauth2SettingsOf(values, values.MAIL_FROM.address),
      from: values.MAIL_FROM,
      appName: values.APP_NAME,
      templates: values.MAIL_TEMPLATES,
    },
    notify: notifySettingsOf(values),
    audit: values.AUDIT_DATABASE_URL
      ? {
          databaseUrl: values.AUDIT_DATABASE_URL,
          table: values.AUDIT_TABLE ?? DEFAULT_AUDIT_TABLE,
        }
      : undefined,
    importRoot: values.IMPORT_ROOT,
    runsRoot: values.IMPORT_RUNS,
    retentionDays: values.RUNS_RETENTION_DAYS,
    roles: values.ROLES ?? DEFAULT_ROLES,
    tenants: values.TENANTS ?? values.TENANTS_FILE,
    projectParameters: values.FIREBASE_HASH_PARAMETERS_FILE && {
      firebase: values.FIREBASE_HASH_PARAMETERS_FILE,
    },
    bcryptCost: values.PASSWORD_BCRYPT_COST ?? DEFAULT_BCRYPT_COST,
    searchAttributes: values.SEARCH_ATTRIBUTES,
    temporalUiUrl: values.TEMPORAL_UI_URL,
    hashingThreads: values.PASSWORD_HASHING_THREADS,
    logLevel: values.LOG_LEVEL ?? 'INFO',
    deployment:
      values.WORKER_DEPLOYMENT_NAME && values.WORKER_BUILD_ID
        ? { name: values.WORKER_DEPLOYMENT_NAME, buildId: values.WORKER_BUILD_ID }
        : undefined,
    logFormat: values.LOG_FORMAT ?? 'text',
    metricsAddress: values.METRICS_ADDRESS,
    healthAddress: values.HEALTH_ADDRESS,
    maxActivities: values.MAX_ACTIVITIES ?? DEFAULT_MAX_ACTIVITIES,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS ?? DEFAULT_SHUTDOWN_GRACE_SECONDS,
  };
}

/** What is allowed, and should be known: for the worker's log, and for commands that ask Kratos. */
export function kratosWarnings({ adminUrl, adminToken }: Settings['kratos']): string[] {
  const { protocol, hostname } = new URL(adminUrl);
  const isSecret = adminToken !== undefined || hasLogin(adminUrl);
  return isSecret && protocol === 'http:' && !isLoopback(hostname)
    ? [
        'KRATOS_ADMIN_URL is http to another host: everybody on the way reads the token, passwords and users. Use https.',
      ]
    : [];
}
