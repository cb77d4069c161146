/** The manifests of deploy/kubernetes: each has the types that Kubernetes's API has, and fits the worker and its image. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config.js';

const FOLDER = path.join(import.meta.dirname, '../../deploy/kubernetes');

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

/** Files by their path below the folder. */
const files = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Manifest]),
);

interface Kustomization extends Manifest {
  resources: string[];
  patches?: { path: string }[];
}

const kustomizations = [...files]
  .filter(([name]) => path.basename(name) === 'kustomization.yaml')
  .map(([name, manifest]) => [path.dirname(name), manifest as Kustomization] as const);
const patches = kustomizations.flatMap(([folder, { patches: named = [] }]) =>
  named.map(({ path: name }) => path.join(folder, name)),
);

const manifest = (name: string): unknown => files.get(name);

/** Where `kubernetes-types` has an API: `networking.k8s.io/v1` is in `networking/v1`. */
function moduleOf(apiVersion: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `kubernetes-types/${group!.split('.')[0]}/${version}`;
}

/** What the type checker says of each file as a value of its kind: no unknown key, none missing, no wrong type. */
function problemsOf(manifests: Map<string, Manifest>): string[] {
  const main = path.join(FOLDER, 'check.ts');
  const lines = [...manifests]
    .filter(([, { kind }]) => kind !== 'Kustomization')
    .map(([name, value]) => {
      const type = `import('${moduleOf(value.apiVersion)}').${value.kind}`;
      const wanted = patches.includes(name) ? `Partially<${type}>` : type;
      return `/* ${name} */ export const ${name.replaceAll(/\W/g, '_')}: ${wanted} = ${JSON.stringify(value)};`;
    });
  const partially =
    'type Partially<T> = T extends (infer E)[] ? Partially<E>[] : T extends object ? { [K in keyof T]?: Partially<T[K]> } : T;';
  const source = [partially, ...lines].join('\n');
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts'] },
    ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => (name === main ? source : readFile(name));
  host.fileExists = (name) => name === main || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === main
      ? ts.createSourceFile(main, source, ts.ScriptTarget.ES2023)
      : getSourceFile.call(host, name, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([main], options, host))
    .map(({ messageText, file, start }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
      return `${source.split('\n')[line]?.slice(0, 60)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}

interface Deployment extends Manifest {
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        terminationGracePeriodSeconds: number;
        securityContext: { runAsNonRoot: boolean };
        containers: {
          image: string;
          ports: { name: string; containerPort: number }[];
          envFrom: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
          volumeMounts: { name: string; mountPath: string }[];
        }[];
        volumes: { name: string }[];
      };
    };
  };
}

type PodSpec = Record<string, unknown>;

const deployment = manifest('worker/deployment.yaml') as Deployment;
const pod = deployment.spec.template.spec;
const config = manifest('worker/settings.yaml') as Manifest & { data: Record<string, string> };
const secret = manifest('worker/secret.example.yaml') as Manifest & {
  stringData: Record<string, string>;
};
const [worker] = pod.containers;

describe('deploy/kubernetes', () => {
  it('has the types of the API of Kubernetes', () => {
    expect(problemsOf(files)).toEqual([]);
  });

  it.each([
    ['a key that there is not', (of: PodSpec) => (of['securityContex'] = {}), /securityContex/],
    ['a text for yes or no', (of: PodSpec) => (of['hostNetwork'] = 'no'), /boolean/],
    ['no containers', (of: PodSpec) => delete of['containers'], /'containers' is missing/],
  ])('would be found with %s', (_what, spoil, problem) => {
    const spoiled = structuredClone(deployment);
    spoil(spoiled.spec.template.spec);
    expect(problemsOf(new Map([['deployment.yaml', spoiled]])).join()).toMatch(problem);
  });

  it('is named in its kustomizations, all of it but the example of a secret', () => {
    const named = kustomizations.flatMap(([folder, { resources }]) =>
      resources.map((name) => path.join(folder, name)),
    );
    const loose = [...files.keys()].filter(
      (name) => path.basename(name) !== 'kustomization.yaml' && !named.includes(name),
    );
    expect(loose.toSorted()).toEqual([...patches, 'worker/secret.example.yaml'].toSorted());
    for (const name of named) expect([...files.keys()].join(' ')).toContain(name);
  });

  it('sets nothing that the worker does not know', () => {
    const known = (name: string) => SETTINGS.includes(name) || /^(TEMPORAL|AWS)_/.test(name);
    const set = [...Object.keys(config.data), ...Object.keys(secret.stringData)];
    expect(set.filter((name) => !known(name))).toEqual([]);
  });

  it('gives the worker its settings, and time to shut down', () => {
    const names = worker!.envFrom.map(
      ({ configMapRef, secretRef }) => (configMapRef ?? secretRef)?.name,
    );
    expect(names).toEqual([config.metadata.name, secret.metadata.name]);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(config.data['SHUTDOWN_GRACE_SECONDS']),
    );
  });

  it('probes and scrapes the ports on which the worker listens', () => {
    const ports = Object.fromEntries(
      worker!.ports.map(({ name, containerPort }) => [name, containerPort]),
    );
    expect(config.data['HEALTH_ADDRESS']).toBe(`0.0.0.0:${ports['health']}`);
    expect(config.data['METRICS_ADDRESS']).toBe(`0.0.0.0:${ports['metrics']}`);
  });

  it('mounts the volumes that it has, and selects the pods that it makes', () => {
    expect(worker!.volumeMounts.map(({ name }) => name)).toEqual(
      pod.volumes.map(({ name }) => name),
    );
    const { selector, template } = deployment.spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(manifest('worker/pod-disruption-budget.yaml')).toMatchObject({ spec: { selector } });
    const podSelector = selector;
    expect(manifest('worker/network-policy.yaml')).toMatchObject({ spec: { podSelector } });
  });
});
