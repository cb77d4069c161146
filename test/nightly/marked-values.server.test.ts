import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executeSql } from '../../dev/servers/postgres.js';
import { createAuditTable, storedEvents } from '../support/audit-table.js';
import { runCommand, type Ended } from '../support/command.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { historiesOf } from '../support/histories.js';
import { schemaOf, USERNAME_TRAIT } from '../support/identity-schemas.js';
import { imports, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** Every secret of the settings and every value of a row holds it: one search finds whatever leaked. */
const MARK = /zqmark/i;
const TOKEN = 'Zqmark-token';
const SMTP_LOGIN = { user: 'zqmark-mailer', password: 'Zqmark-mail-password' };
const AUDITOR = { user: 'marked_auditor', password: 'Zqmark-database-password' };
const API_KEY = 'Zqmark-api-key';
const SCHEMA = schemaOf({
  first_name: { type: 'string' },
  role: { type: 'string' },
  username: USERNAME_TRAIT,
});
const COLUMNS = { username: 'traits.username', github: 'sign_in.github' };
const HEADER = 'email,first_name,role,username,initial_password,github';
const row = (name: string, role = 'user', username = name, password = '', github = ''): string =>
  `zqmark-${name}@example.com,Zqmark ${name},${role},zqmark-${username},${password},${github}`;
const ELSEWHERE = 'zqmark-elsewhere';

/** What users of a run's folder may find values of rows in: docs/data-protection.md lists them. */
const WITH_ROWS =
  /(^|\/)(rejects\.csv|results\.csv|undo\.csv|invalid\.csv|users-[^/]*\.csv)$|outcomes\//;

let world: World;
let all: Imports;
let proxy: FaultProxy;
let mailServer: MailServer;
let worker: WorkerProcess;
let desk: string;
let secrets: Record<string, string>;
/** The arguments of the program's processes, seen now and then; a server shows its own, as Postgres its users. */
const processes: string[] = [];
const commands: Ended[] = [];

async function lookAtProcesses(): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args']);
  processes.push(...stdout.split('\n').filter((line) => line.includes('user-import.cjs')));
}

async function run(args: string[], settings: Record<string, string> = {}): Promise<Ended> {
  const ended = await runCommand(world, desk, args, { ...secrets, ...settings });
  commands.push(ended);
  return ended;
}

beforeAll(async () => {
  world = await createWorld({
    schemas: { [SCHEMA.id]: SCHEMA.json },
    providers: [
      {
        id: 'github',
        provider: 'github',
        client_id: 'x',
        client_secret: 'x',
        mapper_url: 'base64://e30=',
      },
    ],
  });
  all = await imports(world);
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  proxy = await startFaultProxy(world);
  proxy.faults.token = { value: TOKEN, status: 401 };
  mailServer = await startMailServer({ login: SMTP_LOGIN, tls: 'starttls' });
  world.onClose(() => mailServer.stop());
  const databaseUrl = await databaseOfAuditor();
  const smtpUrl = new URL(mailServer.url);
  smtpUrl.username = SMTP_LOGIN.user;
  smtpUrl.password = SMTP_LOGIN.password;
  smtpUrl.search = 'tls.rejectUnauthorized=false';
  secrets = {
    KRATOS_ADMIN_URL: proxy.url,
    KRATOS_ADMIN_TOKEN: TOKEN,
    SMTP_URL: smtpUrl.href,
    AUDIT_DATABASE_URL: databaseUrl,
    TEMPORAL_API_KEY: API_KEY,
    TEMPORAL_TLS: 'false',
    LOG_LEVEL: 'debug',
    DEBUG: '*',
    HTTP_PROXY: 'http://Zqmark-proxy@127.0.0.1:1',
  };
  // Settings in .env are as loud as those of the environment.
  await writeFile(path.join(desk, '.env'), 'DEBUG=*\n');
  worker = await startWorker(world, secrets);
}, 60_000);

afterAll(() => world.close());

/** A user of the database of its own, with a password. */
async function databaseOfAuditor(): Promise<string> {
  const { user, password } = AUDITOR;
  await createAuditTable(world.databaseUrl);
  await executeSql(world.databaseUrl, `DROP ROLE IF EXISTS ${user}`);
  await executeSql(world.databaseUrl, `CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
  await executeSql(world.databaseUrl, `GRANT SELECT, INSERT ON audit_log TO ${user}`);
  world.onClose(async () => {
    await executeSql(world.databaseUrl, `DROP OWNED BY ${user}`);
    await executeSql(world.databaseUrl, `DROP ROLE ${user}`);
  });
  const url = new URL(world.databaseUrl);
  url.username = user;
  url.password = password;
  return url.href;
}

test('an import and an update go through every kind of failure', async () => {
  await all.write(
    'before.csv',
    [HEADER, row('before', 'user', 'taken', '', ELSEWHERE), ''].join('\n'),
  );
  await all.run('before', { file: 'before.csv', columns: COLUMNS });
  const rows = [
    row('ann', 'admin'),
    row('ben', 'user', 'ben', 'Zqmark-password', 'zqmark-ben-elsewhere'),
    row('refused-by-kratos', 'user', 'taken'),
    row('wrong-role', 'Zqmark-role'),
    'Zqmark no address,Zqmark,user,zqmark-none,,',
    row('mail-refused'),
    row('mail-later'),
    row('sign-in-taken', 'user', 'sign-in-taken', '', ELSEWHERE),
  ];
  await all.write('users-1.csv', [HEADER, ...rows, ''].join('\n'));
  mailServer.faultsFor.set('zqmark-mail-refused@example.com', {
    refuse: { at: 'RCPT TO', status: 550 },
  });
  const later = 'zqmark-mail-later@example.com';
  mailServer.faultsFor.set(later, { refuse: { at: 'RCPT TO', status: 450 } });
  // A gateway's page, and then lost answers.
  proxy.faults.breakOneIn = 1;
  const first = await all.start('first', {
    file: 'users-1.csv',
    columns: COLUMNS,
    onInvalid: 'import-valid',
    chunkSize: 2,
    haltAboveFailureRate: 1,
    invitations: { perMinute: 6000 },
  });
  await until(() => proxy.count(503) > 0);
  Object.assign(proxy.faults, { breakOneIn: undefined, loseOneIn: 1 });
  await until(() => proxy.count('lost') > 0);
  proxy.faults.loseOneIn = undefined;
  await until(() => mailServer.refusals.some(({ to }) => to === later));
  await lookAtProcesses();
  await run(['status', 'first']);
  mailServer.faultsFor.delete(later);
  const { rows: outcomes, invitations } = (await first.result()) as Awaited<
    ReturnType<Imports['run']>
  >;
  expect(outcomes).toMatchObject({ total: 8, created: 4, failed: 2, invalid: 2 });
  expect(invitations).toMatchObject({ failed: 1 });

  // The token is refused in the middle, as after its replacement.
  proxy.faults.writesLeft = 0;
  await all.write(
    'users-2.csv',
    [HEADER, row('ann', 'support'), row('new'), row('newer'), ''].join('\n'),
  );
  const update = await all.start('second', {
    file: 'users-2.csv',
    columns: COLUMNS,
    mode: 'update',
    chunkSize: 1,
    concurrency: 1,
  });
  await until(() => proxy.waiting > 0);
  proxy.faults = { token: { value: 'another', status: 401 } };
  await untilNotice(update, /401/);
  proxy.faults.token = { value: TOKEN, status: 401 };
  await update.result();
});

test('the commands say what they say without a secret or a value of a row', async () => {
  await run(['report', 'first']);
  await run(['watch', 'second']);
  const { out: checked } = await run(['check', path.join(world.importRoot, 'users-1.csv')]);
  // The values that are not allowed are shown to whoever has the file, on their own terminal.
  const own = /^ *(column "role" holds|if others are meant).*Zqmark-role.*\n/gm;
  expect(checked.match(own)).toHaveLength(2);
  commands.at(-1)!.out = checked.replaceAll(own, '');
  const refused = await run(['origin', 'nobody'], { KRATOS_ADMIN_TOKEN: 'Zqmark-wrong' });
  expect(refused).toMatchObject({
    code: 3,
    out: expect.stringContaining('KRATOS_ADMIN_TOKEN') as string,
  });
  await run(['retry', 'first', '--dry-run']);
  await run(['undo', 'first', '--actor', 'alice', '--yes', '--force']);
  await lookAtProcesses();
  await run(['origin', 'nobody'], {
    KRATOS_ADMIN_TOKEN: '',
    KRATOS_ADMIN_URL: 'http://Zqmark:Zqmark@127.0.0.1:1',
  });

  const broken = path.join(desk, 'temporal.toml');
  await writeFile(broken, `[profile.default]\napi_key = "${API_KEY}\n`);
  for (const command of [['status', 'first'], ['worker']]) {
    const { code, out } = await run(command, { TEMPORAL_CONFIG_FILE: broken });
    expect(code).toBe(2);
    expect(out).toContain('not valid TOML in line 2');
  }
  for (const [setting, value] of [
    ['SMTP_URL', 'smtp://Zqmark:Zqmark/x@mail'],
    ['AUDIT_DATABASE_URL', 'mysql://Zqmark@db/x'],
    ['KRATOS_PUBLIC_URL', 'http://Zqmark@kratos'],
  ] as const) {
    const { code, out } = await run(['worker'], { [setting]: value });
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining(setting) as string });
  }
  const away = await run(['status', 'first'], { TEMPORAL_ADDRESS: 'Zqmark:Zqmark@127.0.0.1:1' });
  expect(away).toMatchObject({ code: 3, out: expect.stringContaining(' 127.0.0.1:1:') as string });
  for (const { out } of commands) expect(out).not.toMatch(MARK);
});

test('no history, no answer of a workflow and not the log, at debug, holds one', async () => {
  const histories = await historiesOf(all.client, '');
  expect(histories.length).toBeGreaterThan(8);
  for (const { workflowId, text } of histories) expect(text, workflowId).not.toMatch(MARK);
  for await (const { workflowId, runId } of all.client.workflow.list()) {
    const handle = all.client.workflow.getHandle(workflowId, runId);
    expect(JSON.stringify((await handle.describe()).raw)).not.toMatch(MARK);
    expect(JSON.stringify(await handle.query('__temporal_workflow_metadata'))).not.toMatch(MARK);
  }
  const log = await worker.log();
  expect(log).toContain('[DEBUG]');
  expect(log).not.toMatch(MARK);
});

test('no argument of a process, no row of the audit table and no other file of a run holds one', async () => {
  expect(processes.length).toBeGreaterThan(1);
  expect(processes.filter((line) => MARK.test(line))).toEqual([]);
  const events = await storedEvents(world.databaseUrl);
  expect(events.length).toBeGreaterThan(5);
  expect(JSON.stringify(events)).not.toMatch(MARK);
  const files = await readdir(world.runs, { recursive: true, withFileTypes: true });
  const read: string[] = [];
  for (const file of files.filter((each) => each.isFile())) {
    const place = path.join(file.parentPath, file.name);
    const text = await readFile(place, 'latin1');
    for (const secret of [TOKEN, SMTP_LOGIN.password, AUDITOR.password, API_KEY]) {
      expect(text.includes(secret), place).toBe(false);
    }
    if (WITH_ROWS.test(path.relative(world.runs, place))) continue;
    expect(text, place).not.toMatch(MARK);
    read.push(file.name);
  }
  expect(read).toEqual(
    expect.arrayContaining(['report.json', 'report.html', 'audit.jsonl', 'plan.json']),
  );
});

test('a purge leaves none in the folder of its run', async () => {
  const { code } = await run(['purge', 'first']);
  expect(code).toBe(0);
  const folder = path.join(world.runs, 'first');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const place = path.join(file.parentPath, file.name);
    expect(await readFile(place, 'latin1'), place).not.toMatch(MARK);
  }
  for (const { out } of commands) expect(out).not.toMatch(MARK);
  expect(await worker.log()).not.toMatch(MARK);
});
