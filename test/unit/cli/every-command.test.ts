/** Every command as a process: with a wrong argument, and where no server answers. Its help: help.test.ts. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, test, vi } from 'vitest';
import { buildProgram, main } from '../../../src/cli/main.js';
import { told } from '../../support/output.js';
import { PROGRAM } from '../../support/worker-process.js';

interface Case {
  /** Arguments that are refused, and what is said of them. */
  wrong: [args: string, said: RegExp][];
  /** Arguments that need the server that does not answer; absent where the command needs none. */
  unreachable?: { args: string; server: 'Temporal' | 'Kratos' };
}

const NO_ID: Case['wrong'][number] = ['a/b', /"a\/b" is no workflow id/];
const ofTemporal = (args = 'import-1'): Case['unreachable'] => ({ args, server: 'Temporal' });
const ofKratos = (args = ''): Case['unreachable'] => ({ args, server: 'Kratos' });
const steered = (args?: string): Case => ({ wrong: [NO_ID], unreachable: ofTemporal(args) });

const CASES: Record<string, Case> = {
  init: { wrong: [['--force', /unknown option '--force'/]] },
  // It tells what it finds, on the standard output: doctor.server.test.ts.
  doctor: { wrong: [['--mail', /Did you mean --mail-to/]] },
  template: {
    wrong: [['--schema', /unknown option '--schema'.*Did you mean --schema-id/s]],
    unreachable: ofKratos(),
  },
  convert: { wrong: [['x.json --from ldap -o y.csv', /Allowed choices are auth0/]] },
  presets: { wrong: [['keyclock', /Did you mean keycloak/]] },
  check: {
    wrong: [
      ['', /missing required argument 'file'/],
      ['absent.csv', /There is no file absent\.csv/],
    ],
    unreachable: ofKratos('users.csv --json'),
  },
  'hash-test': {
    wrong: [['--file absent.json', /absent\.json/]],
    unreachable: ofKratos('--file known.json'),
  },
  start: {
    wrong: [
      ['absent.csv --actor a', /There is no file absent\.csv/],
      ['users.csv --actor a --mode replace', /mode/],
      ['users.csv --actor a --canary-rows many', /canaryRows/],
      ['users.csv --dry-run users.csv', /It takes file or live/],
      ['users.csv --canary-row 3', /Did you mean --canary-rows/],
      ['users.csv --actor a --chunk-size 0', /chunkSize: got 0/],
      ['users.csv --actor a --column department', /header=target/],
    ],
    unreachable: ofTemporal('users.csv --actor a --json'),
  },
  watch: { wrong: [NO_ID], unreachable: ofTemporal() },
  status: { wrong: [NO_ID], unreachable: ofTemporal() },
  retry: { wrong: [NO_ID], unreachable: ofTemporal('import-1 --actor a --json') },
  schedule: {
    wrong: [
      ['', /missing required argument 'file'/],
      ['hr.csv --actor a', /When\? Say it with --cron/],
      ['/srv/hr.csv --cron @daily --actor a', /no path below the workers' import root/],
      ['a*/hr.csv --cron @daily --actor a', /not for that of a folder/],
      ['hr.csv --cron @daily --actor a --name a/b', /"a\/b" cannot be the name of a schedule/],
      ['hr.csv --cron @daily --actor a --at-most 5%', /missing\.atMost: got "5%"/],
      ['hr.csv --cron @daily --actor a --mode skip --missing delete', /missing\.do/],
      ['hr.csv --cron @daily --actor a --detach', /unknown option '--detach'/],
      ['remove', /missing required argument 'name'/],
    ],
    unreachable: ofTemporal('hr.csv --cron @daily --actor a --json'),
  },
  pause: steered(),
  resume: steered(),
  approve: steered(),
  mode: {
    wrong: [
      ['', /missing required argument 'skip\|update'/],
      ['import-1 replace', /skip.*update/],
      ['replace', /skip.*update/],
      ['a/b update', /"a\/b" is no workflow id/],
    ],
    unreachable: ofTemporal('import-1 update'),
  },
  concurrency: { wrong: [['import-1 many', /1.*50/]], unreachable: ofTemporal('3') },
  'email-rate': { wrong: [['import-1 0', /1.*60000/]], unreachable: ofTemporal('import-1 60') },
  'release-invitations': steered(),
  cancel: steered(),
  runs: {
    wrong: [NO_ID, ['--limit 0', /A whole number from 1 to 1000/]],
    unreachable: ofTemporal(''),
  },
  report: {
    wrong: [NO_ID, ['import-1 --run newest', /A run id is a UUID/]],
    unreachable: ofTemporal(),
  },
  results: {
    wrong: [
      NO_ID,
      ['import-1 --outcome done', /"done" is none of created, /],
      ['import-1 --line 9-3', /17, 17-40 or 17-/],
      ['import-1 --limit 0', /a whole number from 1 on/],
      ['import-1', /IMPORT_RUNS is not set/],
    ],
  },
  origin: {
    wrong: [['', /missing required argument 'user'/]],
    unreachable: ofKratos('a@example.com'),
  },
  undo: {
    wrong: [
      NO_ID,
      ['import-1 --run 1', /A run id is a UUID/],
      ['--yes', /Name the import/],
      ['import-1 --quiet', /add --yes/],
    ],
    unreachable: ofTemporal('import-1 --actor a'),
  },
  purge: {
    wrong: [NO_ID, ['import-1 --run 1', /A run id is a UUID/]],
    unreachable: ofTemporal('import-1 --actor a'),
  },
  worker: { wrong: [['now', /too many arguments/]] },
  retention: {
    wrong: [['soon', /a whole number of days from 1 to 36500/]],
    unreachable: ofTemporal('30 --actor a'),
  },
  completion: { wrong: [['tcsh', /Allowed choices are bash, zsh, fish/]] },
};

const desk = mkdtempSync(path.join(tmpdir(), 'user-import-commands-'));
writeFileSync(path.join(desk, 'users.csv'), 'email\nada@example.com\n');
writeFileSync(
  path.join(desk, 'known.json'),
  JSON.stringify({ password: 'x', hash: `$2a$04$${'a'.repeat(53)}` }),
);

/** Nothing listens on the first port. */
const NOBODY = { TEMPORAL_ADDRESS: '127.0.0.1:1', KRATOS_ADMIN_URL: 'http://127.0.0.1:1' };

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command as a process, in a folder of its own and with no settings but these. */
function run(name: string, args: string): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: desk, IMPORT_ROOT: desk, ...NOBODY };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, name, ...wordsOf(args)],
      { cwd: desk, env },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

/** The same in this process. */
async function runHere(name?: string, args = ''): Promise<Ran> {
  const ran = { code: 0, out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => !!(ran.out += String(text)));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => !!(ran.err += String(text)));
  for (const [setting, value] of Object.entries(NOBODY)) vi.stubEnv(setting, value);
  try {
    ran.code = await main([
      'node',
      'user-import',
      ...(name === undefined ? [] : [name]),
      ...wordsOf(args),
    ]);
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  return ran;
}

function wordsOf(args: string): string[] {
  const words = args.split(' ').filter((word) => word !== '');
  return words.map((word) => (/^(users|known)\./.test(word) ? path.join(desk, word) : word));
}

const program = buildProgram(told().context);
const commands = program
  .createHelp()
  .visibleCommands(program)
  .map((command) => command.name());

it('every command is here', () => {
  expect(commands.filter((name) => name !== 'help').sort()).toEqual(Object.keys(CASES).sort());
});

const wrong = Object.entries(CASES).flatMap(([name, each]) =>
  each.wrong.map(([args, said]) => [`${name} ${args}`, name, args, said] as const),
);

describe('a wrong argument is found before any server is asked', () => {
  it.each(wrong)('%s', async (_line, name, args, said) => {
    const { code, out, err } = await runHere(name, args);
    expect(err).toMatch(said);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toMatch(/^ {4}at /m);
  });
});

test('no command is wrong use, and shows the help', async () => {
  const { code, out, err } = await runHere();
  expect(err).toContain('Usage: user-import');
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

const unreachable = Object.entries(CASES).flatMap(([name, { unreachable: each }]) =>
  each ? [[`${name} ${each.args}`, name, each] as const] : [],
);

// Each starts a process, on a machine that is busy.
describe.concurrent('a server that cannot be reached is named', { timeout: 60_000 }, () => {
  it.each(unreachable)('%s', async (_line, name, { args, server }) => {
    const { code, err } = await run(name, args);
    const address = server === 'Temporal' ? '127.0.0.1:1' : 'http://127.0.0.1:1';
    expect(err).toContain(server);
    expect(err).toContain(address);
    expect(code).toBe(3);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});
