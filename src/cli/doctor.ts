/** Trying out everything that an import needs, from this machine. */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { kratosWarnings, readSettings, SETTINGS, type Settings } from '../config.js';
import { checkFiles } from '../checks/files.js';
import {
  failed,
  findOut,
  ok,
  skipAll,
  skipped,
  warning,
  type CheckName,
  type Finding,
  type Outcome,
} from '../checks/finding.js';
import { checkKratos } from '../checks/kratos.js';
import { checkMail } from '../checks/mail.js';
import { checkAuditDatabase, checkHashing } from '../checks/own.js';
import { checkAttributes, checkTemporal, checkUi } from '../checks/temporal.js';
import { formatFirst, formatSeconds } from '../format.js';
import { isAddress } from '../identity/email.js';
import { SettingsError } from '../settings-error.js';
import { taskQueue } from '../temporal.js';
import { VERSION } from '../version.js';
import { withQuestions } from './ask.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { countFindings, renderFinding, renderSummary } from './render-findings.js';
import { STAND_INS } from './settings.js';
import { explainTrouble, lookAtQueue, nameOfVersion } from './silence.js';

export interface DoctorOptions {
  /** Where a test mail goes; true: asked for. */
  mailTo?: string | true;
}

/** Checks all, whatever fails, and tells each finding as soon as those before it are told. */
export async function examine(options: DoctorOptions, context: CommandContext): Promise<void> {
  const mailTo = options.mailTo === true ? await askForAddress() : options.mailTo;
  if (mailTo !== undefined && !isAddress(mailTo)) {
    throw new CommandError('--mail-to: this is no mail address.', EXIT.wrongUse);
  }
  const { settings, problems } = tolerantSettings(process.env);
  const wrong = namesIn(problems);
  const unless = (
    needed: string[],
    checks: CheckName[],
    look: () => Promise<Finding[]>,
  ): Promise<Finding[]> => {
    const missing = needed.filter((name) => wrong.has(name));
    return missing.length === 0
      ? look()
      : Promise.resolve(skipAll(checks, `not tried without ${missing.join(', ')}`));
  };
  const { audit, mail } = settings;
  const groups = [
    findOut('settings', () => judgeSettings(settings, problems)).then((finding) => [finding]),
    lookAtTemporal(settings),
    unless(KRATOS, ['kratos-admin', 'kratos-public', 'identity-schema', 'recovery'], () =>
      checkKratos(settings),
    ),
    unless(MAIL, mailTo === undefined ? ['mail'] : ['mail', 'test-mail'], () =>
      checkMail(mail, mailTo),
    ),
    unless(['IMPORT_ROOT', 'IMPORT_RUNS'], ['import-root', 'import-runs'], () =>
      checkFiles(settings),
    ),
    unless(['AUDIT_DATABASE_URL', 'AUDIT_TABLE'], ['audit'], async () => [
      await findOut('audit', () => checkAuditDatabase(audit), AUDIT_LIMIT_MS),
    ]),
    findOut('hashing', () => checkHashing(settings)).then((finding) => [finding]),
  ];
  const findings: Finding[] = [];
  for (const group of groups) {
    for (const finding of await group) {
      findings.push(finding);
      for (const line of renderFinding(finding, process.stdout.columns)) context.print(line);
    }
  }
  context.print(renderSummary(findings));
  context.print({
    tone: 'soft',
    text: `Checked from ${hostname()}. A worker elsewhere has its own .env, folders and network: run doctor there as well.`,
  });
  context.printJson({
    version: VERSION,
    host: hostname(),
    counts: countFindings(findings),
    findings,
  });
  context.exitWith(statusOf(findings));
}

const KRATOS = ['KRATOS_ADMIN_URL', 'KRATOS_ADMIN_TOKEN', 'KRATOS_PUBLIC_URL', 'KRATOS_PROXY_URL'];
const MAIL = ['SMTP_URL', 'MAIL_FROM', 'APP_NAME', 'MAIL_TEMPLATES'];
/** Longer than the adapter waits for its connection and its statement. */
const AUDIT_LIMIT_MS = 30_000;

/** What a person has to mend comes first; 3 where nothing is wrong but that servers are away. */
export function statusOf(findings: readonly Finding[]): number {
  const bad = findings.filter(({ status }) => status === 'failed');
  if (bad.length === 0) return EXIT.done;
  return bad.every(({ isUnreachable }) => isUnreachable) ? EXIT.unreachable : EXIT.incomplete;
}

async function askForAddress(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      '--mail-to: there is no terminal to ask at. Name the address: --mail-to you@example.com',
      EXIT.wrongUse,
    );
  }
  return withQuestions('Nothing was checked.', ({ ask }) =>
    ask('Address for a test mail (your own): '),
  );
}

/** The settings with those that are wrong replaced, so that the rest can be tried. */
function tolerantSettings(env: NodeJS.ProcessEnv): { settings: Settings; problems: string[] } {
  try {
    return { settings: readSettings(env), problems: [] };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const problems = [...error.problems];
    const replaced = { ...env };
    for (const name of namesIn(problems)) replaced[name] = STAND_INS[name] ?? '';
    return { settings: readSettings(replaced), problems };
  }
}

function namesIn(problems: readonly string[]): Set<string> {
  const named = problems.flatMap((problem) => problem.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []);
  return new Set(named.filter((name) => SETTINGS.includes(name)));
}

async function judgeSettings(settings: Settings, problems: string[]): Promise<Outcome> {
  if (problems.length > 0) {
    return failed(
      problems.join('; '),
      'Correct .env in this folder, or the environment, which wins; .env.example explains each. user-import init asks for them.',
    );
  }
  const file = await stat('.env').catch(() => undefined);
  const [risk] = kratosWarnings(settings.kratos);
  if (risk !== undefined) return warning(risk, 'Use https, or a proxy on this machine.');
  if (file && (file.mode & 0o077) !== 0) {
    return warning('.env, which may hold secrets, can be read by others', 'chmod 600 .env');
  }
  return ok(
    file ? `.env in ${process.cwd()}, and the environment` : 'the environment; no .env here',
  );
}

async function lookAtTemporal(settings: Settings): Promise<Finding[]> {
  const { finding, found } = await checkTemporal(async (client) => [
    await findOut('workers', () => lookAtWorkers(client)),
    await findOut('search-attributes', () => checkAttributes(client, settings.searchAttributes)),
  ]);
  return [
    finding,
    ...(found ?? skipAll(['workers', 'search-attributes'], 'not tried without Temporal')),
    await findOut('temporal-ui', () => checkUi(settings.temporalUiUrl)),
  ];
}

async function lookAtWorkers({ workflow }: Client): Promise<Outcome> {
  const queue = await lookAtQueue(workflow, taskQueue());
  const { workers } = queue;
  if (!workers) return skipped('Temporal does not say: no right to look at the task queue');
  const silence = { ...queue, pinnedTo: undefined, failing: undefined, refusal: undefined };
  const trouble = explainTrouble(silence, taskQueue());
  if (trouble) return failed(trouble[0]!, trouble[1] ?? 'Imports wait until one runs.');
  const each = workers.map(
    ({ identity, secondsAgo, version }) =>
      `${identity} (${nameOfVersion(version)}, asked ${formatSeconds(secondsAgo)} ago)`,
  );
  return ok(`${workers.length} on the task queue "${queue.taskQueue}": ${formatFirst(each, 5)}`);
}
