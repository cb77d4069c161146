import { toPointer } from '../identity/json-pointer.js';
import { countCode, NO_ROLE, type CodeCount } from '../contract/findings.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import type { Plan } from '../store/plan.js';
import type { RoleChange } from '../contract/report.js';

/** Counts the users whose role an update has changed, by old and new role. */
export class RoleChanges {
  private readonly roles: ReadonlySet<string>;
  private readonly paths: ReadonlySet<string>;
  private readonly lines: Record<string, CodeCount> = {};

  constructor({ roles, map }: Pick<Plan, 'roles' | 'map'>) {
    this.roles = new Set(roles);
    this.paths = new Set(
      map.columns.flatMap(({ rule, target }) =>
        rule === 'role' && 'path' in target ? [toPointer([target.to, ...target.path])] : [],
      ),
    );
  }

  add({ line, outcome, changes = [] }: RowOutcome): void {
    if (outcome !== 'updated' && outcome !== 'would_update') return;
    for (const { path, before, after } of changes) {
      if (!this.paths.has(path)) continue;
      countCode(this.lines, JSON.stringify([this.nameOf(before), this.nameOf(after)]), line);
    }
  }

  all(): RoleChange[] {
    return Object.entries(this.lines).map(([names, count]) => {
      const [from, to] = JSON.parse(names) as [string, string];
      return { from, to, ...count };
    });
  }

  /** A role in Kratos may be any value; a report holds only values that the import's settings name. */
  private nameOf(role: unknown): string {
    if (role === undefined || role === null || role === '') return NO_ROLE;
    return typeof role === 'string' && this.roles.has(role) ? role : '(other)';
  }
}
