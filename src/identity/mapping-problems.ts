/** What is wrong with an input's mapping of columns, once the header of the file is known. */
import { inputPart } from '../contract/input-part.js';
import { defaultTarget, isSecret, parseTarget } from './columns.js';
import { sameForPeople } from './email.js';
import { byHeader } from './header-names.js';
import type { GivenMapping } from './merge-mappings.js';
import { nearest } from './nearest.js';

/** Where columns of a known header go, and what their cells mean. */
export type MappingInput = Omit<GivenMapping, 'columns'> & { columns: Record<string, string> };

/** Constants would be the same for every user, and the input is kept where no password belongs. */
const EACH_ITS_OWN = new Set([
  ...['traits.email', 'external_id', 'metadata_admin.old_id', 'leave_out'],
]);

/** Each is compared with every column; a message with more would be cut. */
const MOST_LOOKED_FOR = 20;

/**
 * Every entry that cannot be meant as it is written.
 * @param names the header's names, trimmed
 */
export function mappingProblems(
  names: string[],
  { columns, values, defaults }: MappingInput,
): string[] {
  const sent = byHeader(columns, [...names, ...Object.keys(defaults)]);
  const read = byHeader(values, names);
  const problems = [
    ...headerProblems('columns', sent, names),
    ...headerProblems('values', read, names),
  ];
  const targetOfName = (name: string) => sent.of.get(name) ?? defaultTarget(name);
  for (const name of read.of.keys()) {
    const to = targetOfName(name);
    const target = to === undefined ? undefined : parseTarget(to);
    if (typeof target === 'object' && isSecret(target)) {
      problems.push(
        `values: "${name}" holds passwords or their hashes, and the input of an import is kept by Temporal; correct the file.`,
      );
    }
  }
  for (const name of Object.keys(defaults)) {
    const problem = defaultProblem(name, targetOfName(name) ?? name, names);
    if (problem !== undefined) problems.push(`defaults: "${name}" ${problem}.`);
  }
  return problems;
}

function headerProblems(
  key: string,
  { absent, twice }: ReturnType<typeof byHeader>,
  names: string[],
): string[] {
  return [
    ...absent.map((name, i) => {
      const meant = i < MOST_LOOKED_FOR ? nearest(name, names, (other) => [other]) : undefined;
      const way =
        meant === undefined ? 'correct the input or the header.' : `did you mean "${meant}"?`;
      return `${key}: "${name}": the file's header has no such column; ${way}`;
    }),
    ...twice.map(([a, b]) => `${key}: "${a}" and "${b}" are one column of the file; keep one.`),
  ];
}

function defaultProblem(name: string, to: string, names: string[]): string | undefined {
  const key = sameForPeople(name);
  if (names.some((header) => sameForPeople(header) === key)) {
    return `is a column of the file, and a default is for one that the file lacks; give its empty cells a value with ${inputPart('values', { [name]: { '': '<text>' } })}`;
  }
  const target = parseTarget(to);
  if (typeof target === 'string') {
    return `is neither a target nor a default column; name its target with ${inputPart('columns', { [name]: 'metadata_public.<path>' })}`;
  }
  if (isSecret(target) || EACH_ITS_OWN.has(resolved(to)))
    return 'cannot be the same for every user';
  return undefined;
}

/** A target by its own name, where that of a default column stands for it. */
function resolved(text: string): string {
  return defaultTarget(text) ?? text;
}
