/**
 * A Kratos whose requests take time on a clock that tests own, and the hints that planning leaves for existing users.
 */
import { writeFile } from 'node:fs/promises';
import { vi } from 'vitest';
import type { FoundIdentity } from '../../src/identity/identity.js';
import type { IdentityPage } from '../../src/kratos/kratos.js';
import type { RunLayout } from '../../src/store/run-layout.js';
import { KratosInMemory, type KratosHabits } from './kratos-in-memory.js';

const ID_BYTES = 16;

/** Counts pages and requests by ids as well; needs Vitest's fake `performance` where a request takes time. */
export class ListedKratos extends KratosInMemory {
  pages = 0;
  /** The number of ids in each request by ids. */
  readonly byIds: number[] = [];

  constructor(
    habits: KratosHabits = {},
    private readonly takes: { lookUpMs?: number; pageMs?: number } = {},
  ) {
    super(habits);
  }

  override async listPage(next?: string): Promise<IdentityPage> {
    this.pages++;
    const page = await super.listPage(next);
    // Kratos reads these users in one request, by their ids.
    this.byIds.pop();
    if (this.takes.pageMs) vi.advanceTimersByTime(this.takes.pageMs);
    return page;
  }

  override async findByIds(ids: string[]): Promise<FoundIdentity[]> {
    this.byIds.push(ids.length);
    return super.findByIds(ids);
  }

  override async findByIdentifier(identifier: string): Promise<FoundIdentity | undefined> {
    if (this.takes.lookUpMs) vi.advanceTimersByTime(this.takes.lookUpMs);
    return super.findByIdentifier(identifier);
  }
}

/** @param existing ids by line */
export async function writeExistingUsers(
  folder: RunLayout,
  existing: ReadonlyMap<number, string>,
): Promise<void> {
  const bytes = Buffer.alloc((Math.max(0, ...existing.keys()) + 1) * ID_BYTES);
  for (const [line, id] of existing) bytes.write(id.replaceAll('-', ''), line * ID_BYTES, 'hex');
  await writeFile(folder.existingUsers, bytes);
}
