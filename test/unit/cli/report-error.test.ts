import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { reportError } from '../../../src/cli/report-error.js';
import { temporalAddress } from '../../../src/temporal.js';
import { temporaryFolder } from '../../support/planned-run.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What a command that ends with this error prints. */
async function printed(run: () => unknown): Promise<string> {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    run();
  } catch (error) {
    await reportError(error);
  }
  return text;
}

async function withProfile(toml: string): Promise<void> {
  const file = path.join(await temporaryFolder(), 'temporal.toml');
  await writeFile(file, toml);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
}

describe('settings of Temporal that cannot be used', () => {
  it.each([
    ['no TOML', '[profile.default]\napi_key = "Zq9SECRET\n', 'line 2'],
    ['no TOML either', '[profile.default]\napi_key = Zq9SECRET"\n', 'line 2'],
    ['a value of another kind', '[profile]\ndefault = "Zq9SECRET"\n', 'a key or a value'],
  ])('are named without their values: %s', async (_what, toml, said) => {
    await withProfile(toml);
    const text = await printed(() => temporalAddress());
    expect(text).toContain("Temporal's settings cannot be used: ");
    expect(text).toContain(said);
    expect(text).not.toContain('Zq9SECRET');
    expect(text.split('\n')).toHaveLength(2);
  });

  it('name the file that cannot be read, and a profile that is not there', async () => {
    vi.stubEnv('TEMPORAL_TLS_CLIENT_CERT_PATH', '/absent/client.pem');
    expect(await printed(() => temporalAddress())).toContain('(ENOENT): /absent/client.pem');
    vi.unstubAllEnvs();
    vi.stubEnv('TEMPORAL_PROFILE', 'absent');
    expect(await printed(() => temporalAddress())).toContain('TEMPORAL_PROFILE');
  });

  it.each([
    'user:Zq9SECRET@temporal.example.com:7233',
    'http://Zq9SECRET@temporal.example.com:7233',
  ])('show an address without the login in it: %s', (address) => {
    vi.stubEnv('TEMPORAL_ADDRESS', address);
    expect(temporalAddress()).toMatch(/^(http:\/\/)?temporal\.example\.com:7233$/);
  });
});

describe('an error that nobody foresaw', () => {
  it('shows its place, and not its message, which may quote a value', async () => {
    const text = await printed(() => JSON.parse('{"password": Zq9SECRET}'));
    expect(text).toMatch(/^Unexpected: SyntaxError\n {4}at /);
    expect(text).not.toContain('Zq9SECRET');
  });

  it('says what the operating system says', async () => {
    const error: unknown = await readFile('/absent/report.json').catch((thrown: unknown) => thrown);
    const text = await printed(() => {
      throw error;
    });
    expect(text).toContain("ENOENT: no such file or directory, open '/absent/report.json'");
  });
});
