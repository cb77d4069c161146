import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { onTestFinished } from 'vitest';
import type { Findings } from '../../src/contract/findings.js';
import { parseImportInput, type ImportInput } from '../../src/contract/import/input.js';
import type { RunRef } from '../../src/contract/ids.js';
import type { CsvRow } from '../../src/csv/cells.js';
import { readChunkRows } from '../../src/store/read-chunk-rows.js';
import type { Kratos } from '../../src/kratos/kratos.js';
import type { ProjectParameters } from '../../src/passwords/formats/project-parameters.js';
import { makePlan } from '../../src/validation/make-plan.js';
import { openChunk, type OpenChunk, type OpenRun } from '../../src/store/open-run.js';
import { readChunk, readPlan, type ChunkRange, type Plan } from '../../src/store/plan.js';
import { DiskStore } from '../../src/store/disk-store.js';
import { FolderRoot } from '../../src/store/folder-root.js';
import type { ImportRoot } from '../../src/store/import-root.js';
import { RunLayout } from '../../src/store/run-layout.js';
import type { Store } from '../../src/store/store.js';
import { KratosInMemory } from './kratos-in-memory.js';

export const RUN = { workflowId: 'import-1', runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
export const FIXTURES = new URL('../fixtures/', import.meta.url);

/** The worker's settings, and the input of the import. */
export interface Given {
  kratos?: Kratos;
  roles?: string[];
  /** `undefined`: the worker knows none. Without it the worker knows some where the file has tenants. */
  tenants?: string[] | undefined;
  projectParameters?: ProjectParameters;
  /** Keys of the import's input. */
  input?: Record<string, unknown>;
  /** Where users of several runs are in one Kratos. */
  run?: RunRef;
  /** Where runs leave their files; a folder when absent. */
  store?: Store;
}

export interface RejectedRow {
  line: number;
  codes: string[];
  reason: string;
}

/** A new folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kratos-user-import-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

export function inputOf(keys: Record<string, unknown> = {}): ImportInput {
  const parsed = parseImportInput({ file: 'users.csv', actor: 'alice', ...keys });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.input;
}

/** The file and the folder of an import on disk, planned by the real code, and the content of the plan. */
export class PlannedRun implements OpenRun {
  private constructor(
    readonly run: RunRef,
    readonly importRoot: string,
    readonly folder: RunLayout,
    readonly findings: Findings,
    readonly plan: Plan,
  ) {}

  /** @throws what `makePlan` throws */
  static async of(content: string | Uint8Array, given: Given = {}): Promise<PlannedRun> {
    const root = await temporaryFolder();
    return PlannedRun.below(root, content, given);
  }

  /** The same below a folder that is there already. */
  static async below(
    root: string,
    content: string | Uint8Array,
    given: Given = {},
  ): Promise<PlannedRun> {
    const { run = RUN } = given;
    const importRoot = join(root, 'imports');
    await mkdir(importRoot, { recursive: true });
    await writeFile(join(importRoot, 'users.csv'), content);
    const folder = new RunLayout(given.store ?? (await runsBelow(root)), run);
    const deps = {
      importRoot: new FolderRoot(importRoot),
      kratos: given.kratos ?? new KratosInMemory(),
      roles: given.roles ?? ['admin', 'user', 'support'],
      tenants: 'tenants' in given ? given.tenants : tenantsFor(content),
      projectParameters: given.projectParameters,
    };
    const findings = await makePlan(deps, inputOf(given.input), folder, () => undefined);
    return new PlannedRun(run, importRoot, folder, findings, await readPlan(folder));
  }

  /** The folder of its file, as activities have it. */
  get root(): ImportRoot {
    return new FolderRoot(this.importRoot);
  }

  /** @param number counted from 1 */
  chunk(number: number): Promise<OpenChunk> {
    const { run, folder, plan } = this;
    return openChunk({ run, folder, plan }, number);
  }

  async chunks(): Promise<ChunkRange[]> {
    const numbers = Array.from({ length: this.plan.findings.chunks }, (_, i) => i + 1);
    return Promise.all(numbers.map((n) => readChunk(this.folder, this.plan, n)));
  }

  /** The rows of each chunk, read by its byte range alone. */
  async rowsByChunk(): Promise<CsvRow[][]> {
    const ranges = await this.chunks();
    return Promise.all(ranges.map((range) => readChunkRows(this.root, this, range)));
  }

  /** The rows that validation refused, as the plan keeps them. */
  async rejected(): Promise<RejectedRow[]> {
    const rows = parse(await this.refused(), {
      delimiter: this.plan.dialect.separator,
      relax_column_count: true,
    });
    return rows.map((cells) => {
      const [line, codes, reason] = cells.slice(-3);
      return { line: Number(line), codes: codes!.split(';'), reason: reason! };
    });
  }

  /** The same as bytes of a file. */
  async refused(): Promise<Buffer> {
    const { folder, plan } = this;
    return (await folder.store.read(folder.ofPlan(plan.validation, 'invalid.csv')))!.bytes;
  }
}

/** Where a file of a run is, whose store is a folder. */
export function pathOf({ store }: RunLayout, key: string): string {
  return join(store.address, key);
}

/** The folder of the runs of a test. */
async function runsBelow(root: string): Promise<DiskStore> {
  const runs = join(root, 'runs');
  await mkdir(runs, { recursive: true });
  return new DiskStore(runs);
}

function tenantsFor(content: string | Uint8Array): string[] | undefined {
  const hasTenants = Buffer.from(content).includes('tenant_id');
  return hasTenants ? ['t1', 't2'] : undefined;
}
