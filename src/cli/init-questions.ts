/** The questions of init, each group tried on the live server before the next. */
import { connect } from 'node:net';
import { unescape } from 'node:querystring';
import { withoutLogin } from '../address.js';
import { kratosWarnings, readSettings, type Settings } from '../config.js';
import { checkFiles } from '../checks/files.js';
import { failed, warning, type Finding } from '../checks/finding.js';
import { checkKratos } from '../checks/kratos.js';
import { checkMail } from '../checks/mail.js';
import { checkTemporal } from '../checks/temporal.js';
import { SettingsError } from '../settings-error.js';
import { isS3 } from '../store/s3-address.js';
import type { Questions } from './ask.js';
import type { Print } from './command-context.js';
import { quoted } from './env-text.js';
import { renderFinding } from './render-findings.js';
import { STAND_INS } from './settings.js';

/** Settings by name. An empty one is left out. */
export type Answers = Record<string, string>;

/** What init may write. */
export const ASKED = [
  'TEMPORAL_PROFILE',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'KRATOS_ADMIN_URL',
  'KRATOS_ADMIN_TOKEN',
  'KRATOS_PUBLIC_URL',
  'SMTP_URL',
  'MAIL_FROM',
  'APP_NAME',
  'IMPORT_ROOT',
  'IMPORT_RUNS',
];

/** Where servers on this machine usually listen. */
const LOCAL = [
  { setting: 'TEMPORAL_ADDRESS', port: 7233, value: '127.0.0.1:7233' },
  { setting: 'KRATOS_ADMIN_URL', port: 4434, value: 'http://127.0.0.1:4434' },
  { setting: 'SMTP_URL', port: 1025, value: 'smtp://127.0.0.1:1025' },
];

/** What is set already, and what answers on this machine. */
export async function suggestions(env: Record<string, string | undefined>): Promise<Answers> {
  const suggested: Answers = { IMPORT_ROOT: './imports', IMPORT_RUNS: './runs' };
  for (const { setting, port, value } of LOCAL) {
    if (await listens(port)) suggested[setting] = value;
  }
  for (const name of ASKED) if (env[name]) suggested[name] = env[name];
  return suggested;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 });
    const end = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

/** @returns what is wrong with a value, without quoting it */
export function problemOf(name: string, value: string): string | undefined {
  if (quoted(value) === undefined) {
    return `${name} cannot be written into .env: it holds both kinds of quotes, or a quote and one of $ \\ \``;
  }
  try {
    readSettings({ ...STAND_INS, [name]: value });
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.find((problem) => problem.startsWith(`${name} `));
  }
}

/** The settings of these answers, each of which is valid. */
function settingsOf(answers: Answers): Settings {
  const given = Object.entries(answers).filter(([, value]) => value !== '');
  return readSettings({ ...STAND_INS, ...Object.fromEntries(given) });
}

/** @param suggested what Enter means */
export async function askAll(
  questions: Questions,
  suggested: Answers,
  print: Print,
): Promise<Answers> {
  const answers = { ...suggested };
  for (const { title, put, tryOut } of GROUPS) {
    print({ tone: 'heading', text: title });
    do await put(questions, answers, print);
    while (!(await isToBeKept(questions, await tried(tryOut, answers), print)));
  }
  return answers;
}

/** Answers that contradict each other can be given again, like those with which no server answers. */
export async function tried(tryOut: Group['tryOut'], answers: Answers): Promise<Finding[]> {
  try {
    return await tryOut(answers);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [{ check: 'settings', ...failed(error.problems.join('; '), 'Answer otherwise.') }];
  }
}

/** The same without questions: what answers is said. */
export async function tryAll(answers: Answers, print: Print): Promise<void> {
  for (const { tryOut } of GROUPS) tell(await tryOut(answers), print);
}

function tell(findings: Finding[], print: Print): void {
  for (const finding of findings) {
    if (finding.status === 'skipped') continue;
    for (const line of renderFinding(finding, process.stdout.columns)) print(line);
  }
}

async function isToBeKept({ ask }: Questions, findings: Finding[], print: Print): Promise<boolean> {
  tell(findings, print);
  if (findings.every(({ status }) => status !== 'failed')) return true;
  return /^k/i.test(await ask('Enter to answer again, or k to keep it as it is: '));
}

interface Group {
  title: string;
  /** Asks, and changes the answers. */
  put: (questions: Questions, answers: Answers, print: Print) => Promise<void>;
  tryOut: (answers: Answers) => Promise<Finding[]>;
}

const GROUPS: Group[] = [
  { title: 'Temporal', put: askTemporal, tryOut: tryTemporal },
  { title: 'Kratos', put: askKratos, tryOut: tryKratos },
  { title: 'Mail', put: askMail, tryOut: (answers) => checkMail(settingsOf(answers).mail) },
  { title: 'Files', put: askFiles, tryOut: tryFiles },
];

/** One answer; asked again until it is valid. */
async function askFor(
  { ask }: Questions,
  name: string,
  question: string,
  answers: Answers,
  print: Print,
): Promise<void> {
  for (;;) {
    const present = answers[name] ?? '';
    const typed = await ask(`${question}${present === '' ? '' : ` [${shown(present)}]`}: `);
    const value = typed === '' ? present : typed;
    const problem = problemOf(name, value);
    if (problem === undefined) return void (answers[name] = value);
    print({ tone: 'error', text: `${problem}.` });
  }
}

/** A value in brackets: without the login of a URL, also of one that is not written as it should be. */
export function shown(value: string): string {
  return value.includes('://') ? withoutLogin(value) : value;
}

/** A secret, which is not shown; Enter keeps the one that there is. */
async function askSecret(
  { askHidden }: Questions,
  name: string,
  question: string,
  answers: Answers,
  print: Print,
): Promise<void> {
  for (;;) {
    const present = answers[name] ? 'Enter: as it is' : 'Enter: none';
    const typed = await askHidden(`${question} (not shown; ${present}): `);
    if (typed === '') return;
    const problem = problemOf(name, typed);
    if (problem === undefined) return void (answers[name] = typed);
    print({ tone: 'error', text: `${problem}.` });
  }
}

const WAYS_IN = ['none', 'tls', 'api-key', 'profile'] as const;

function wayIn(answers: Answers): (typeof WAYS_IN)[number] {
  if (answers['TEMPORAL_PROFILE']) return 'profile';
  if (answers['TEMPORAL_API_KEY']) return 'api-key';
  const names = Object.keys(answers).filter((name) => name.startsWith('TEMPORAL_TLS'));
  return names.some((name) => answers[name]) ? 'tls' : 'none';
}

async function askTemporal(questions: Questions, answers: Answers, print: Print): Promise<void> {
  const present = wayIn(answers);
  let way: string | undefined;
  while (way === undefined) {
    const typed = await questions.ask(`Credentials for it: ${WAYS_IN.join(', ')} [${present}]? `);
    way = WAYS_IN.find((each) => each === (typed.toLowerCase() || present));
  }
  const one = (name: string, question: string) => askFor(questions, name, question, answers, print);
  for (const name of ASKED) if (isOfAnother(name, way)) answers[name] = '';
  if (way === 'profile') return one('TEMPORAL_PROFILE', 'Profile of the Temporal CLI');
  await one('TEMPORAL_ADDRESS', 'Address, host:port');
  answers['TEMPORAL_NAMESPACE'] ||= 'default';
  await one('TEMPORAL_NAMESPACE', 'Namespace');
  if (way === 'api-key') await askSecret(questions, 'TEMPORAL_API_KEY', 'API key', answers, print);
  if (way !== 'tls') return;
  answers['TEMPORAL_TLS'] = 'true';
  await one(
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    'Certificate of its authority, a file (Enter: a public one)',
  );
  await one('TEMPORAL_TLS_CLIENT_CERT_PATH', 'Your certificate, a file (Enter: none)');
  if (answers['TEMPORAL_TLS_CLIENT_CERT_PATH']) {
    await one('TEMPORAL_TLS_CLIENT_KEY_PATH', 'The key of it, a file');
  }
}

function isOfAnother(name: string, way: string): boolean {
  if (name === 'TEMPORAL_PROFILE') return way !== 'profile';
  if (name === 'TEMPORAL_API_KEY') return way !== 'api-key';
  if (name.startsWith('TEMPORAL_TLS')) return way !== 'tls';
  return name.startsWith('TEMPORAL_') && way === 'profile';
}

/** The SDK reads the environment, which is this process's own. */
async function tryTemporal(answers: Answers): Promise<Finding[]> {
  for (const name of ASKED.filter((each) => each.startsWith('TEMPORAL_'))) {
    if (answers[name]) process.env[name] = answers[name];
    else Reflect.deleteProperty(process.env, name);
  }
  return [(await checkTemporal(() => Promise.resolve(undefined))).finding];
}

async function askKratos(questions: Questions, answers: Answers, print: Print): Promise<void> {
  await askFor(questions, 'KRATOS_ADMIN_URL', 'URL of the admin port', answers, print);
  await askSecret(questions, 'KRATOS_ADMIN_TOKEN', 'Token for it', answers, print);
  const otherwise = answers['KRATOS_PUBLIC_URL'] ? '' : ' (Enter: as the admin port says)';
  await askFor(
    questions,
    'KRATOS_PUBLIC_URL',
    `URL of the public port${otherwise}`,
    answers,
    print,
  );
}

async function tryKratos(answers: Answers): Promise<Finding[]> {
  const settings = settingsOf(answers);
  return [...risksOf(settings), ...(await checkKratos(settings))];
}

/** What works all the same. */
export function risksOf({ kratos }: Pick<Settings, 'kratos'>): Finding[] {
  const remedy = 'Use https, or a proxy on this machine.';
  return kratosWarnings(kratos).map((text) => ({ check: 'settings', ...warning(text, remedy) }));
}

/** The login is asked for apart from the address, since a password is not shown, and is to be percent-encoded. */
async function askMail(questions: Questions, answers: Answers, print: Print): Promise<void> {
  const present = answers['SMTP_URL'] ?? '';
  const asked = { SMTP_URL: withoutLoginOf(present) };
  await askFor(questions, 'SMTP_URL', 'Mail server, smtp:// or smtps://', asked, print);
  const isSame = asked.SMTP_URL === withoutLoginOf(present);
  const { username } = new URL(asked.SMTP_URL);
  if (username === '') {
    const known = isSame && URL.canParse(present) ? unescape(new URL(present).username) : '';
    const otherwise = known === '' ? 'Enter: none' : `Enter: ${known}, as it is`;
    const user = await questions.ask(`User for it (${otherwise}): `);
    if (user !== '') {
      let password = '';
      while (password === '') password = await questions.askHidden('Password (not shown): ');
      answers['SMTP_URL'] = withLogin(asked.SMTP_URL, user, password);
    } else if (known === '') answers['SMTP_URL'] = asked.SMTP_URL;
  } else answers['SMTP_URL'] = asked.SMTP_URL;
  await askFor(questions, 'MAIL_FROM', 'Sender, "Name <address>" or an address', answers, print);
  await askFor(questions, 'APP_NAME', 'Name of your platform, for the mails', answers, print);
}

function withoutLoginOf(address: string): string {
  return address.replace(/\/\/[^/?#]*@/, '//');
}

/** Characters that end a part of a URL, or a value of .env, are percent-encoded. */
export function withLogin(address: string, user: string, password: string): string {
  const encoded = [user, password].map((text) => encodeURIComponent(text).replaceAll("'", '%27'));
  return address.replace('//', () => `//${encoded.join(':')}@`);
}

async function askFiles(questions: Questions, answers: Answers, print: Print): Promise<void> {
  const files = 'Files to import: a folder, or s3://bucket/prefix';
  await askFor(questions, 'IMPORT_ROOT', files, answers, print);
  await askFor(questions, 'IMPORT_RUNS', 'What runs leave: the same', answers, print);
}

/** Folders are made, and tried, once all is answered. */
async function tryFiles(answers: Answers): Promise<Finding[]> {
  const findings = await checkFiles(settingsOf(answers));
  const isBucket = { 'import-root': 'IMPORT_ROOT', 'import-runs': 'IMPORT_RUNS' } as const;
  return findings.filter(
    ({ check }) =>
      check in isBucket && isS3(answers[isBucket[check as keyof typeof isBucket]] ?? ''),
  );
}
