/** The command init as a process, with what is set in place of answers; no server answers it. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../../support/worker-process.js';

const NOBODY = '127.0.0.1:1';
const SET = {
  TEMPORAL_ADDRESS: NOBODY,
  KRATOS_ADMIN_URL: `http://${NOBODY}`,
  KRATOS_ADMIN_TOKEN: 'Zq9#token $x',
  SMTP_URL: `smtp://me:Zq9password@${NOBODY}`,
  MAIL_FROM: 'Ann <ann@example.com>',
  APP_NAME: 'Example',
};

function init(cwd: string, set: Record<string, string>): Promise<{ code: number; told: string }> {
  const env = { PATH: process.env['PATH'], HOME: cwd, ...set };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'init', '--yes'], { cwd, env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), told: out + err }),
    );
  });
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'user-import-init-'));

// Each starts a process, on a machine that is busy.
describe.concurrent('init --yes', { timeout: 60_000 }, () => {
  it('writes what is set for its owner alone, shows no secret, and keeps a link and other lines', async () => {
    const folder = newFolder();
    const file = path.join(folder, 'settings.env');
    const others = "# mine\nTENANTS='a,b'\n";
    writeFileSync(file, `${others}KRATOS_ADMIN_TOKEN="Zq9 of before"\n`);
    chmodSync(file, 0o644);
    symlinkSync('settings.env', path.join(folder, '.env'));
    const { code, told } = await init(folder, SET);
    expect({ code, told }).toMatchObject({ code: 0 });
    expect(told).not.toContain('Zq9');
    expect(lstatSync(path.join(folder, '.env')).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith(others)).toBe(true);
    expect(parseEnv(text)).toEqual({
      ...SET,
      TENANTS: 'a,b',
      IMPORT_ROOT: './imports',
      IMPORT_RUNS: './runs',
    });
    expect(readdirSync(folder).sort()).toEqual(['.env', 'imports', 'runs', 'settings.env']);
    expect(statSync(path.join(folder, 'runs')).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['what is missing', { APP_NAME: '' }, 'APP_NAME'],
    ['what is wrong', { SMTP_URL: 'smtp://me:Zq9pass/word@mail' }, 'SMTP_URL'],
    ['what contradicts', { KRATOS_ADMIN_URL: `http://me:Zq9@${NOBODY}` }, 'KRATOS_ADMIN_TOKEN'],
  ])('writes nothing, and names %s', async (_what, otherwise, name) => {
    const folder = newFolder();
    const { code, told } = await init(folder, { ...SET, ...otherwise });
    expect(code).toBe(2);
    expect(told).toContain(name);
    expect(told).not.toContain('Zq9');
    expect(readdirSync(folder)).toEqual([]);
  });
});
