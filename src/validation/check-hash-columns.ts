/** Whether all is there that the password hashes of a file are read with. */
import { InputError, PreflightError } from '../contract/errors.js';
import { inputPart } from '../contract/input-part.js';
import type { ColumnMap } from '../identity/columns.js';
import { HASH_FORMATS, type HashFormatName } from '../passwords/formats/formats.js';
import type { ProjectParameters } from '../passwords/formats/project-parameters.js';

/**
 * @param known the worker's
 * @returns those that the file's hashes are read with; undefined where none is needed
 * @throws InputError when a column lacks that no row can be read without; PreflightError when the worker lacks them
 */
export function parametersFor(
  { columns }: ColumnMap,
  known: ProjectParameters = {},
): ProjectParameters | undefined {
  const given = new Map<HashFormatName, Set<string>>();
  for (const { target } of columns) {
    if (target.to !== 'password_hash' || target.format === undefined) continue;
    const parts = given.get(target.format) ?? new Set<string>();
    given.set(target.format, parts.add(target.part ?? 'hash'));
  }
  const own = given.get('firebase');
  const usesProject = own !== undefined && !own.has('signer_key');
  if (usesProject && !known.firebase) {
    throw new PreflightError(
      "Hashes exported from Firebase are read with the parameters of their project, and this worker has none. Name the file that has them in FIREBASE_HASH_PARAMETERS_FILE (Firebase's console, Authentication, Users, Password hash parameters).",
    );
  }
  for (const [format, parts] of given) {
    const project = format === 'firebase' ? Object.keys(known.firebase ?? {}) : [];
    checkParts(format, new Set([...parts, ...project]));
  }
  return usesProject ? { firebase: known.firebase } : undefined;
}

function checkParts(format: HashFormatName, given: ReadonlySet<string>): void {
  const { carriers = ['hash'], needs = [] } = HASH_FORMATS[format];
  const target = (part: string) =>
    part === 'hash' ? `password_hash.${format}` : `password_hash.${format}.${part}`;
  const lacks = carriers.some((part) => given.has(part))
    ? needs.filter((part) => !given.has(part))
    : [carriers[0]!];
  if (lacks.length === 0) return;
  const [first] = lacks;
  throw new InputError(
    `columns: the hashes of ${format} cannot be read without ${lacks.map(target).join(', ')}; name the column, for example ${inputPart('columns', { '<its name>': target(first!) })}.`,
  );
}
