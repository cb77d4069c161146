import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kratosWarnings, readSettings } from '../../src/config.js';
import { SettingsError } from '../../src/settings-error.js';
import { temporaryFolder } from '../support/planned-run.js';

const NEEDED = {
  KRATOS_ADMIN_URL: 'http://127.0.0.1:4434',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  MAIL_FROM: 'no-reply@example.com',
  APP_NAME: 'Example',
  IMPORT_ROOT: '/srv/imports',
  IMPORT_RUNS: '/srv/runs',
};

/** The message with which the worker would not start. */
function refusal(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('these settings were taken');
}

describe('the worker’s settings', () => {
  it('need an admin URL, a mail server and what its mails say, and two folders; the rest has defaults', () => {
    expect(readSettings(NEEDED)).toEqual({
      kratos: { adminUrl: 'http://127.0.0.1:4434' },
      mail: {
        smtpUrl: 'smtp://127.0.0.1:1025',
        from: { address: 'no-reply@example.com' },
        appName: 'Example',
      },
      importRoot: '/srv/imports',
      runsRoot: '/srv/runs',
      roles: ['admin', 'user', 'support'],
      tenants: undefined,
      bcryptCost: 12,
      logLevel: 'INFO',
      logFormat: 'text',
      maxActivities: 50,
      shutdownGraceSeconds: 30,
    });
  });

  it('are taken as they are given', async () => {
    const templates = await temporaryFolder();
    const settings = readSettings({
      ...NEEDED,
      KRATOS_ADMIN_TOKEN: 'ory_pat_x',
      KRATOS_PUBLIC_URL: 'https://kratos.example.com/',
      SMTP_URL: 'smtps://user:p%40ss@mail.example.com/?tls.servername=mx.example.com',
      MAIL_FROM: '"Example, Inc." <no-reply@example.com>',
      APP_NAME: 'Müller & Co',
      MAIL_TEMPLATES: templates,
      ROLES: 'owner, member ,,guest',
      TENANTS: 't1\nt2',
      PASSWORD_BCRYPT_COST: '10',
      PASSWORD_HASHING_THREADS: '3',
      NOTIFY_MAIL_TO: 'ops@example.com',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      METRICS_ADDRESS: '0.0.0.0:9090',
      HEALTH_ADDRESS: '[::1]:8080',
      MAX_ACTIVITIES: '8',
      SHUTDOWN_GRACE_SECONDS: '60',
    });
    expect(settings).toMatchObject({
      kratos: { adminToken: 'ory_pat_x', publicUrl: 'https://kratos.example.com/' },
      mail: {
        smtpUrl: 'smtps://user:p%40ss@mail.example.com/?tls.servername=mx.example.com',
        from: { name: 'Example, Inc.', address: 'no-reply@example.com' },
        appName: 'Müller & Co',
        templates,
      },
      notify: { mailTo: ['ops@example.com'] },
      roles: ['owner', 'member', 'guest'],
      tenants: ['t1', 't2'],
      bcryptCost: 10,
      hashingThreads: 3,
      logLevel: 'DEBUG',
      logFormat: 'json',
      metricsAddress: '0.0.0.0:9090',
      healthAddress: '[::1]:8080',
      maxActivities: 8,
      shutdownGraceSeconds: 60,
    });
  });

  it('that are empty count as not set', () => {
    const optional = ['KRATOS_ADMIN_TOKEN', 'KRATOS_PUBLIC_URL', 'ROLES', 'TENANTS'];
    const names = [
      ...optional,
      'TENANTS_FILE',
      'PASSWORD_BCRYPT_COST',
      'PASSWORD_HASHING_THREADS',
      'MAIL_TEMPLATES',
      'NOTIFY_WEBHOOK_URL',
      'NOTIFY_WEBHOOK_SECRET',
      'NOTIFY_MAIL_TO',
      'LOG_FORMAT',
      'METRICS_ADDRESS',
      'HEALTH_ADDRESS',
      'MAX_ACTIVITIES',
      'SHUTDOWN_GRACE_SECONDS',
    ];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readSettings({ ...NEEDED, ...empty })).toEqual(readSettings(NEEDED));
    for (const name of ['IMPORT_ROOT', 'SMTP_URL', 'MAIL_FROM', 'APP_NAME']) {
      expect(refusal({ ...NEEDED, [name]: '' })).toContain(`  ${name} is missing`);
    }
  });

  it('that are missing or wrong are all named in one message', async () => {
    const missingFile = join(await temporaryFolder(), 'tenants.txt');
    const message = refusal({
      KRATOS_PUBLIC_URL: 'ftp://kratos.example.com',
      MAIL_FROM: 'a@example.com, b@example.com',
      APP_NAME: 'two\nlines',
      MAIL_TEMPLATES: missingFile,
      NOTIFY_WEBHOOK_URL: 'http://hooks.example.com/secret',
      NOTIFY_MAIL_TO: 'nobody',
      ROLES: ' , ',
      TENANTS: 't1',
      TENANTS_FILE: missingFile,
      PASSWORD_BCRYPT_COST: 'twelve',
    });
    const [title, ...problems] = message.split('\n');
    expect(title).toContain('.env.example');
    expect(problems).toEqual([
      '  KRATOS_ADMIN_URL is missing: an http or https URL',
      '  KRATOS_PUBLIC_URL is not an http or https URL',
      '  SMTP_URL is missing: the URL of a mail server, smtp or smtps',
      '  MAIL_FROM is not one "Name <address>", or one address',
      '  APP_NAME is not one line of 1 to 100 characters',
      `  MAIL_TEMPLATES cannot be used: ${missingFile}: is not a folder`,
      '  NOTIFY_WEBHOOK_URL is http to another host, where everybody on the way reads along: use https',
      '  NOTIFY_MAIL_TO is not a list of 1 to 10 addresses with commas between them: ops@example.com,on-call@example.com',
      '  IMPORT_ROOT is missing: the path of a folder, or s3://bucket/prefix',
      '  IMPORT_RUNS is missing: the path of a folder, or s3://bucket/prefix',
      '  ROLES names nothing',
      `  TENANTS_FILE cannot be read (ENOENT): ${missingFile}`,
      '  PASSWORD_BCRYPT_COST is not a whole number from 4 to 15',
      '  TENANTS_FILE is set beside TENANTS; set one of them',
      '  NOTIFY_WEBHOOK_URL and NOTIFY_WEBHOOK_SECRET belong together; set both, or none',
    ]);
  });

  it('take a place in an S3-compatible store, and refuse what is no bucket and prefix', () => {
    const at = (place: string) => ({ ...NEEDED, IMPORT_ROOT: place, IMPORT_RUNS: place });
    for (const place of ['s3://imports', 's3://imports/', 's3://my.imports-1/a/b/']) {
      expect(readSettings(at(place))).toMatchObject({ importRoot: place, runsRoot: place });
    }
    for (const place of ['s3://', 's3://A/b', 's3:///b', 's3://imports//b', 's3://imports/../b']) {
      expect(refusal(at(place))).toMatch(/IMPORT_ROOT is not s3:.*\n.*IMPORT_RUNS is not s3:/);
    }
    expect(refusal({ ...NEEDED, S3_FORCE_PATH_STYLE: 'yes' })).toContain('is not true or false');
  });

  it.each(['3', '16', '10.5', 'ten', '-12', '1e999'])('refuse a bcrypt cost of %s', (cost) => {
    expect(refusal({ ...NEEDED, PASSWORD_BCRYPT_COST: cost })).toContain('from 4 to 15');
  });

  it.each(['0', '257', '1.5', 'all', '-1'])('refuse %s threads that hash', (threads) => {
    expect(refusal({ ...NEEDED, PASSWORD_HASHING_THREADS: threads })).toContain('from 1 to 256');
  });

  it.each([
    '9090',
    ':9090',
    'localhost:9090',
    '127.0.0.1',
    '127.0.0.1:0',
    '1.2.3.4:65536',
    '::1:80',
  ])('refuse to listen at %s', (address) => {
    expect(refusal({ ...NEEDED, METRICS_ADDRESS: address })).toContain(
      'METRICS_ADDRESS is not an IP address and a port',
    );
  });

  it.each(['127.0.0.1:4434', 'localhost', 'ws://localhost', 'nonsense'])(
    'refuse %s as an admin URL',
    (url) => {
      expect(refusal({ ...NEEDED, KRATOS_ADMIN_URL: url })).toContain(
        'KRATOS_ADMIN_URL is not an http or https URL',
      );
    },
  );

  it.each([' ', 'x'.repeat(101), 'a\u2028b', 'a\0b'])(
    'refuse %j as the name of a platform',
    (name) => {
      expect(refusal({ ...NEEDED, APP_NAME: name })).toContain('APP_NAME is not one line');
    },
  );

  it.each([
    [
      'a login in',
      'http://Zq9u:Zq9p@kratos:4433',
      'http://kratos:4434',
      'KRATOS_PUBLIC_URL holds a login',
    ],
    [
      'a token beside',
      '',
      'http://Zq9u:Zq9p@kratos:4434',
      'KRATOS_ADMIN_TOKEN is set beside the login',
    ],
  ])('refuse %s a URL, and do not repeat it', (_what, publicUrl, adminUrl, said) => {
    const message = refusal({
      ...NEEDED,
      KRATOS_PUBLIC_URL: publicUrl,
      KRATOS_ADMIN_URL: adminUrl,
      KRATOS_ADMIN_TOKEN: 'Zq9token',
    });
    expect(message).toContain(said);
    expect(message).not.toContain('Zq9');
  });

  it.each([
    ['http://kratos.example.com', 'token', 1],
    ['http://user:Zq9p@kratos.example.com', undefined, 1],
    ['http://kratos.example.com', undefined, 0],
    ['https://kratos.example.com', 'token', 0],
    ['http://127.0.0.1:4434', 'token', 0],
    ['http://[::1]:4434', 'token', 0],
    ['http://localhost:4434', 'token', 0],
  ])('warn of a secret over plain http to another host: %s, %s', (adminUrl, adminToken, count) => {
    const warnings = kratosWarnings({ adminUrl, adminToken });
    expect(warnings).toHaveLength(count);
    expect(warnings.join()).not.toContain('Zq9');
  });

  it('never repeat a token, a login or an address', () => {
    const message = refusal({
      KRATOS_ADMIN_TOKEN: 'ory_pat_secret',
      SMTP_URL: 'http://secret-user:secret-password@mail.example.com',
      MAIL_FROM: 'secret@',
    });
    expect(message).toMatch(/SMTP_URL is not[^]*MAIL_FROM is not/);
    expect(message.toLowerCase()).not.toContain('secret');
  });
});

describe('the version of the worker', () => {
  const VERSION = { WORKER_DEPLOYMENT_NAME: 'user-import', WORKER_BUILD_ID: '0.1.0+7a3f9c1' };
  const CONTROLLER = {
    TEMPORAL_DEPLOYMENT_NAME: 'identity/user-import',
    TEMPORAL_WORKER_BUILD_ID: 'v0-1-0-5b8c',
  };

  it('is none by default, and a name with a build id where both are set', () => {
    expect(readSettings(NEEDED).deployment).toBeUndefined();
    const empty = { WORKER_DEPLOYMENT_NAME: '', WORKER_BUILD_ID: '' };
    expect(readSettings({ ...NEEDED, ...empty }).deployment).toBeUndefined();
    expect(readSettings({ ...NEEDED, ...VERSION }).deployment).toEqual({
      name: 'user-import',
      buildId: '0.1.0+7a3f9c1',
    });
  });

  it("is that of Temporal's Worker Controller, unless the worker has settings of its own", () => {
    expect(readSettings({ ...NEEDED, ...CONTROLLER }).deployment).toEqual({
      name: 'identity/user-import',
      buildId: 'v0-1-0-5b8c',
    });
    const both = readSettings({ ...NEEDED, ...CONTROLLER, ...VERSION });
    expect(both.deployment?.name).toBe('user-import');
  });

  it.each(Object.keys(VERSION) as (keyof typeof VERSION)[])(
    'is refused when %s stands alone, beside what else is wrong',
    (name) => {
      const message = refusal({ ...NEEDED, ...CONTROLLER, ROLES: ',', [name]: VERSION[name] });
      expect(message).toContain('  ROLES names nothing');
      expect(message).toContain(
        '  WORKER_DEPLOYMENT_NAME and WORKER_BUILD_ID belong together; set both, or none',
      );
    },
  );

  it.each(['user.import', 'user:import', '__user', 'user import', 'x'.repeat(201)])(
    'is refused with the name %s, which Temporal would not take',
    (name) => {
      const message = refusal({ ...NEEDED, ...VERSION, WORKER_DEPLOYMENT_NAME: name });
      expect(message).toContain('  WORKER_DEPLOYMENT_NAME is not a name');
    },
  );

  it.each(['__unversioned__', 'a b', 'x'.repeat(201)])('is refused with the build id %s', (id) => {
    const message = refusal({ ...NEEDED, ...VERSION, WORKER_BUILD_ID: id });
    expect(message).toContain('  WORKER_BUILD_ID is not an id');
  });
});

describe('the audit database', () => {
  const AUDIT_DATABASE_URL = 'postgresql://user:Zq9SECRET@db.example.com/audit?sslmode=verify-full';

  it('is none by default; its table is audit_log unless another is named', () => {
    const settings = readSettings({ ...NEEDED, AUDIT_DATABASE_URL: '', AUDIT_TABLE: '' });
    expect(settings.audit).toBeUndefined();
    expect(readSettings({ ...NEEDED, AUDIT_DATABASE_URL }).audit).toEqual({
      databaseUrl: AUDIT_DATABASE_URL,
      table: 'audit_log',
    });
    const named = { ...NEEDED, AUDIT_DATABASE_URL, AUDIT_TABLE: 'auth.audit_log' };
    expect(readSettings(named).audit?.table).toBe('auth.audit_log');
  });

  it.each(['mysql://u:Zq9SECRET@db/audit', 'Zq9SECRET', 'https://u:Zq9SECRET@db/audit'])(
    'is reported to be wrong without its address: %s',
    (url) => {
      const message = refusal({ ...NEEDED, AUDIT_DATABASE_URL: url });
      expect(message).toContain('  AUDIT_DATABASE_URL is not a postgres:// or postgresql:// URL');
      expect(message).not.toContain('Zq9SECRET');
    },
  );

  it.each(['audit-log', 'a.b.c', 'audit_log; DROP TABLE identities', '"audit"'])(
    'has no table %s',
    (table) => {
      expect(refusal({ ...NEEDED, AUDIT_TABLE: table })).toContain(
        '  AUDIT_TABLE is not the name of a table',
      );
    },
  );
});

describe('TENANTS_FILE', () => {
  const withFile = async (text: string) => {
    const file = join(await temporaryFolder(), 'tenants.txt');
    await writeFile(file, text);
    return { ...NEEDED, TENANTS_FILE: file };
  };

  it('names one tenant a line, however the lines end, or some with commas between them', async () => {
    const env = await withFile('\ufefft1\r\n\r\n  Müller & Co \nt3, t4');
    expect(readSettings(env).tenants).toEqual(['t1', 'Müller & Co', 't3', 't4']);
  });

  it('that names no tenant is reported', async () => {
    expect(refusal(await withFile('\n  \n'))).toContain('  TENANTS_FILE names nothing');
  });
});
