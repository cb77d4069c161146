/**
 * A Kratos whose requests take time on a clock that tests own, and the hints that planning leaves for existing users.
 */
import { vi } from 'vitest';
import type { FoundIdentity } from '../../src/identity/identity.js';
import type { IdentityPage } from '../../src/kratos/kratos.js';
import { writeExistingUsers } from '../../src/store/existing-users.js';
import type { PlannedRun } from './planned-run.js';
import { KratosInMemory, type KratosHabits } from './kratos-in-memory.js';

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

/**
 * Puts hints in the place of those that planning has left.
 * @param existing ids by line
 */
export async function hintAt(
  { folder, plan }: PlannedRun,
  existing: ReadonlyMap<number, string>,
): Promise<void> {
  plan.hints = await writeExistingUsers(folder, plan.validation, (record) => {
    for (const [line, id] of existing) record(line, id);
    return Promise.resolve();
  });
}
