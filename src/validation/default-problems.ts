import { listCloser } from '../identity/list-cells.js';
import { compileTraitCheck } from '../identity/schema.js';
import { isWithin } from './check-traits.js';
import { noRow, type CheckedRow, type Report, type RowRules } from './checked-row.js';
import { createReader, readCell } from './read-cell.js';
import { dotted } from './reasons.js';
import { listCheck } from './row.js';

/** What is wrong with the input's defaults, which would be wrong in every row. */
export function defaultProblems(rules: RowRules): string[] {
  const checkTraits = compileTraitCheck(rules.schema);
  return rules.map.columns.flatMap((column) => {
    const { name, target, constant } = column;
    if (constant === undefined) return [];
    const checked: CheckedRow = { importRow: noRow(), problems: [], notes: [], claims: [] };
    const reasons: string[] = [];
    const report: Report = (_code, reason) => void reasons.push(reason);
    const reader = createReader(column, rules);
    if (constant === rules.clear) reasons.push('it would clear values of existing users');
    if (reader.use.identifier) reasons.push('users sign in with it, so it is different for each');
    readCell(reader, constant, checked, report);
    listCloser({ columns: [column] })(checked.importRow);
    listCheck({ ...rules, map: { ...rules.map, columns: [column] } })([], report);
    const trait = target.to === 'traits' ? dotted(target.path) : undefined;
    for (const { path, rule } of checkTraits(checked.importRow.traits)) {
      if (trait !== undefined && isWithin(path, trait)) reasons.push(`the trait ${path} ${rule}`);
    }
    return reasons.map((reason) => `defaults: "${name}": ${reason}.`);
  });
}
