import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRef } from '../contract/ids.js';

/**
 * Where one run keeps what it leaves: `<runs>/<workflow id>/<run id>/`. All workers must see the same one.
 *
 *     plan/plan.json      what was validated and how it is to be imported
 *     plan/chunks         one fixed-width line a chunk: its byte range, checksum and invalid rows
 *     plan/existing-users 16 bytes a line: the id of the user whom its address belongs to; see existing-users.ts
 *     plan/invalid.csv    the rows that validation refused
 *     outcomes/<n>-<checksum>.jsonl    what became of the rows of chunk n
 *     outcomes/<n>-<checksum>.journal  what the attempts at chunk n leave for each other until then
 *     invitations/<n>-<checksum>.jsonl what became of the invitations that chunk n made due
 *     audit/<n>-<checksum>.jsonl       the audit events of chunk n
 *     audit/start.jsonl, audit/end.jsonl   those of the run itself
 *     undo/<n>-<checksum>.jsonl        what an undo has made of the rows of chunk n
 *     rejects.csv, results.csv, undo.csv, audit.jsonl, report.json, report.html   for people
 */
export class RunFolder {
  readonly path: string;

  constructor(
    private readonly runsRoot: string,
    run: RunRef,
  ) {
    this.path = join(runsRoot, run.workflowId, run.runId);
  }

  /** The folder of another run. */
  of(run: RunRef): RunFolder {
    return new RunFolder(this.runsRoot, run);
  }

  get plan(): string {
    return join(this.path, 'plan', 'plan.json');
  }
  get chunks(): string {
    return join(this.path, 'plan', 'chunks');
  }
  get existingUsers(): string {
    return join(this.path, 'plan', 'existing-users');
  }
  get invalidRows(): string {
    return join(this.path, 'plan', 'invalid.csv');
  }
  /** @param sha256 the checksum of the chunk: after a reset the same number may stand for other rows */
  outcomes(chunk: number, sha256: string): string {
    return join(this.path, 'outcomes', `${chunk}-${sha256.slice(0, 12)}.jsonl`);
  }
  journal(chunk: number, sha256: string): string {
    return this.outcomes(chunk, sha256).replace(/jsonl$/, 'journal');
  }
  invitations(chunk: number, sha256: string): string {
    return join(this.path, 'invitations', `${chunk}-${sha256.slice(0, 12)}.jsonl`);
  }
  audit(chunk: number, sha256: string): string {
    return join(this.path, 'audit', `${chunk}-${sha256.slice(0, 12)}.jsonl`);
  }
  undo(chunk: number, sha256: string): string {
    return join(this.path, 'undo', `${chunk}-${sha256.slice(0, 12)}.jsonl`);
  }
  get auditStart(): string {
    return join(this.path, 'audit', 'start.jsonl');
  }
  get auditEnd(): string {
    return join(this.path, 'audit', 'end.jsonl');
  }
  get auditTrail(): string {
    return join(this.path, 'audit.jsonl');
  }
  get rejects(): string {
    return join(this.path, 'rejects.csv');
  }
  get results(): string {
    return join(this.path, 'results.csv');
  }
  get undone(): string {
    return join(this.path, 'undo.csv');
  }
  get report(): string {
    return join(this.path, 'report.json');
  }
  /** The same for a person. */
  get page(): string {
    return join(this.path, 'report.html');
  }
  /** Whether any chunk has begun. */
  async hasOutcomes(): Promise<boolean> {
    return (await readdir(join(this.path, 'outcomes'))).length > 0;
  }
  /** The journals of the chunks that have their outcomes. */
  async finishedJournals(): Promise<string[]> {
    const folder = join(this.path, 'outcomes');
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(folder, name.replace(/jsonl$/, 'journal')));
  }
  /** The folders that the files stand in. */
  get folders(): string[] {
    const inside = ['plan', 'outcomes', 'invitations', 'audit'];
    return [this.path, ...inside.map((name) => join(this.path, name))];
  }

  /** Makes the folder of the undo, which other runs do not have. */
  async createUndo(): Promise<void> {
    await mkdir(join(this.path, 'undo'), { recursive: true, mode: 0o700 });
  }

  /** Makes the folders, for their owner only, and proves that they can be written. */
  async create(): Promise<void> {
    for (const folder of this.folders) await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(this.path, constants.W_OK | constants.X_OK);
  }
}
