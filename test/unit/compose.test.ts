import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nodeFlagsOfImage } from '../../dev/servers/image.js';
import { readSettings, SETTINGS } from '../../src/config.js';

interface Service {
  image?: string;
  ports?: string[];
  environment?: Record<string, string | null>;
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  volumes?: string[];
  profiles?: string[];
}

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => readFileSync(pathOf(name), 'utf8');

const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);

/** What Compose makes of the worker's settings where neither the host nor .env has any variable, or these. */
function workerSettings(variables: Record<string, string> = {}): Record<string, string> {
  const given = Object.entries(compose.services['worker']?.environment ?? {});
  const values = given.map(([key, value]) => [
    key,
    // A key without a value is passed on from the host, where it is not set.
    (value ?? '').replaceAll(
      /\$\{(\w+):-([^}]*)\}/g,
      (_, name: string, fallback: string) => variables[name] ?? fallback,
    ),
  ]);
  return Object.fromEntries(values) as Record<string, string>;
}

/** Read by commands that are given inside its container. */
const OF_COMMANDS = 'IMPORT_ACTOR';
/** Read by the SDK of the S3 store itself. */
const isOfStore = (key: string) => key.startsWith('AWS_');
/** Read by that of the traces. */
const isOfTraces = (key: string) => key.startsWith('OTEL_');

/** The names that .env.example explains. */
const explained = new Set(
  read('.env.example')
    .match(/^#?[A-Z0-9_]+(?==)/gm)
    ?.map((key) => key.replace('#', '')),
);

describe('docker-compose.yml', () => {
  it('passes its linter', () => {
    // By its command: the types of its library do not resolve.
    const lint = [
      pathOf('node_modules/.bin/dclint'),
      '--max-warnings',
      '0',
      pathOf('docker-compose.yml'),
    ];
    expect(execFileSync(process.execPath, lint, { encoding: 'utf8' }).trim()).toBe('');
  });

  it('gives the worker settings that the worker accepts, and no other', () => {
    const environment = workerSettings();
    const settings = readSettings(environment);
    expect(settings).toMatchObject({
      kratos: { adminUrl: 'http://kratos:4434', publicUrl: 'http://kratos:4433' },
      mail: {
        smtpUrl: 'smtp://mail:1025/?requireTLS=false',
        from: { address: 'no-reply@example.com' },
      },
      importRoot: '/data/imports',
      runsRoot: '/data/runs',
      bcryptCost: 12,
    });
    const unknown = Object.keys(environment).filter(
      (key) =>
        !SETTINGS.includes(key) &&
        key !== OF_COMMANDS &&
        !key.startsWith('TEMPORAL_') &&
        !isOfStore(key) &&
        !isOfTraces(key),
    );
    expect(unknown).toEqual([]);
  });

  it('opens every port to this machine only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('pins every image to a version, and builds the worker', () => {
    for (const [name, { image }] of services) {
      if (name === 'worker') expect(image).toBeUndefined();
      else expect(image, name).toMatch(/:v?\d+\.\d+/);
    }
  });

  it('waits for nothing without saying what for, and mounts no volume that it does not declare', () => {
    for (const [, service] of services) {
      for (const condition of Object.values(service.depends_on ?? {})) {
        expect(condition.condition).toMatch(/^service_/);
      }
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0] ?? '';
        if (!source.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('sets nothing for the worker that .env.example does not explain', () => {
    const keys = Object.keys(compose.services['worker']?.environment ?? {});
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !explained.has(key) && !isOfStore(key))).toEqual([]);
    expect(explained).toContain('WORKER_STORE');
  });

  it('passes every setting on to the worker', () => {
    const keys = Object.keys(compose.services['worker']?.environment ?? {});
    const ofCompose = ['COMPOSE_PROFILES', 'WORKER_STORE', 'WORKER_UID', 'WORKER_GID'];
    expect([...explained].filter((key) => ![...keys, ...ofCompose].includes(key))).toEqual([]);
  });

  it('keeps the files in the bucket of its store, where told', () => {
    const { s3, worker } = compose.services;
    const settings = workerSettings({ WORKER_STORE: 's3://user-import' });
    expect(settings).toMatchObject({
      IMPORT_ROOT: 's3://user-import/imports',
      IMPORT_RUNS: 's3://user-import/runs',
      AWS_ENDPOINT_URL_S3: 'http://s3:7070',
      AWS_ACCESS_KEY_ID: s3?.environment?.['ROOT_ACCESS_KEY'],
      AWS_SECRET_ACCESS_KEY: s3?.environment?.['ROOT_SECRET_KEY'],
    });
    // A folder of its root is a bucket; only the profile brings it.
    expect(s3).toMatchObject({ command: 'posix /data', volumes: ['s3-data:/data/user-import'] });
    expect(s3?.profiles).toEqual(['s3']);
    expect(worker?.depends_on?.['s3']).toEqual({ condition: 'service_healthy', required: false });
  });

  it('lets the worker write to its folders and to /tmp alone', () => {
    expect(compose.services['worker']).toMatchObject({ read_only: true, tmpfs: '/tmp' });
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('runs the worker as a user who is not root', () => {
    const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    const user = lastStage.findLast((line) => line.startsWith('USER '));
    expect(user).toMatch(/^USER (?!root|0)/);
    expect(lastStage.findIndex((line) => line.startsWith('CMD '))).toBeGreaterThan(0);
  });

  it('starts the worker with flags that Node knows', () => {
    const flags = nodeFlagsOfImage();
    expect(flags).toContain('--single-threaded-gc');
    const { status, stderr } = spawnSync(process.execPath, [...flags, '--eval', '0']);
    expect({ status, error: stderr.toString() }).toEqual({ status: 0, error: '' });
  });

  it('pins the image it starts from', () => {
    for (const line of lines.filter((text) => text.startsWith('FROM '))) {
      expect(line).toMatch(/^FROM node:\d+\.\d+\.\d+-/);
    }
  });
});

describe('.dockerignore', () => {
  it('lets in every folder that the image takes from the build', () => {
    const rules = read('.dockerignore').split('\n');
    const taken = read('Dockerfile').match(/(?<=^COPY --from=build \/app\/)\w+(?= )/gm) ?? [];
    const made = ['node_modules', 'dist'];
    expect(taken).toContain('templates');
    for (const folder of taken.filter((name) => !made.includes(name))) {
      expect(rules).toContain(`!${folder}`);
    }
  });

  it('lets in only what it names, and neither data nor settings', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    expect(rules.slice(1).filter((rule) => !rule.startsWith('!'))).toEqual([]);
    expect(rules.filter((rule) => /env|imports|runs|examples/.test(rule))).toEqual([]);
  });
});
