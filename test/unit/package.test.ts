/** What is published: the files of the package, its entries, and who may publish it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

interface Package {
  version: string;
  private?: boolean;
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  publishConfig: { provenance: boolean };
}
const own = JSON.parse(read('package.json')) as Package;

/** What may be in the package, and nothing else. */
const MAY_BE_THERE = [
  /^dist\/(src|workflows|activities)\/[\w/-]+\.(js|d\.ts)$/,
  /^dist\/(workflow-bundle(-[a-z]+)?\.js|bcrypt\.wasm|user-import\.1)$/,
  /^bin\/user-import\.cjs$/,
  /^templates\/invitation\.[a-z.]+$/,
  /^schemas\/mapping\.schema\.json$/,
  /^docs\/[a-z-]+\.md$/,
  /^(package\.json|\.env\.example|LICENSE|README\.md|CHANGELOG\.md)$/,
];

describe('the package', () => {
  const list = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(execFileSync('npm', list, { cwd: ROOT, encoding: 'utf8' })) as [
    { files: { path: string }[] },
  ];
  const files = packed.files.map((file) => file.path);

  it('has what it exports and runs', () => {
    const entries = Object.values(own.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    const needed = [
      ...[...entries, ...Object.values(own.bin)].map((name) => name.replace(/^\.\//, '')),
      ...['dist/workflow-bundle.js', 'dist/bcrypt.wasm', 'dist/src/passwords/hashing-thread.js'],
      ...['dist/user-import.1'],
      ...['templates/invitation.html', 'templates/invitation.txt', 'schemas/mapping.schema.json'],
      ...['LICENSE', 'README.md', 'CHANGELOG.md', '.env.example', 'docs/reference.md'],
    ];
    expect(needed.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('has no sources, tests, benchmarks, servers, users or settings', () => {
    const foreign = files.filter((name) => !MAY_BE_THERE.some((pattern) => pattern.test(name)));
    expect(foreign).toEqual([]);
  });

  it('is published by the release workflow alone, which proves where it was built', () => {
    const { on, jobs } = parse(read('.github/workflows/release.yml')) as {
      on: object;
      jobs: { publish: { permissions: object; steps: { run?: string }[] } };
    };
    expect(on).toEqual({ push: { tags: ['v*'] } });
    expect(jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const runs = jobs.publish.steps.flatMap(({ run }) => run ?? []);
    expect(runs.at(-1)).toBe('npm publish --provenance');
    expect(runs.indexOf('.ci/run')).toBeGreaterThan(0);
    // npm refuses to publish from anywhere that cannot prove it.
    expect(own.publishConfig.provenance).toBe(true);
    expect(own.private).toBeUndefined();
  });
});

describe('examples/embedded-worker', () => {
  it("names this version, and the versions of Temporal's SDK that this one has", () => {
    const example = JSON.parse(read('examples/embedded-worker/package.json')) as Package;
    const { 'kratos-user-import': version, ...sdk } = example.dependencies;
    expect(version).toBe(own.version);
    // Its protocol buffers are not a dependency of our own, but have the version of all others.
    const { '@temporalio/proto': proto, ...others } = sdk;
    expect(proto).toBe(own.dependencies['@temporalio/common']);
    expect(own.dependencies).toMatchObject(others);
    expect(read('docs/embedding.md')).toContain(`that this package has, ${proto}.`);
  });
});
