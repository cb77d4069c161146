/** Everything that must be right before the first row is read, each fault with its own words. */
import type { FileHandle } from 'node:fs/promises';
import type { Warning } from '../contract/codes.js';
import type { ImportInput } from '../contract/import/input.js';
import { inputPart } from '../contract/input-part.js';
import { FileError } from '../csv/file-error.js';
import { readHeader, type Header } from '../csv/header.js';
import { REJECT_COLUMNS } from '../csv/reject-line.js';
import { rowShape, type RowShape } from '../csv/row-shape.js';
import type { Kratos } from '../kratos/kratos.js';
import { DEFAULT_TARGETS, targetProblems, type ColumnMap } from '../identity/columns.js';
import { isAddress, sameForPeople } from '../identity/email.js';
import { mapColumns } from '../identity/map-columns.js';
import { mappingProblems } from '../identity/mapping-problems.js';
import { isPacked, TextStart } from '../store/packed-source.js';
import { openSource } from '../store/source.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { rulesLeftToKratos, type IdentitySchema } from '../identity/schema.js';
import { chooseSchema, onlyKeyIsUnique } from './choose-schema.js';
import type { RowRules } from './checked-row.js';
import { defaultProblems } from './default-problems.js';

export interface PreflightDeps {
  importRoot: string;
  kratos: Kratos;
  /** The worker's own lists, which an import may only narrow. */
  roles: readonly string[];
  tenants: readonly string[] | undefined;
  /** See MapOptions. */
  showsNames?: boolean;
}

/** A file that is open, and how its rows are to be read. The caller closes `file`. */
export interface PreflightResult {
  file: FileHandle;
  /** The whole file's, packed or not. */
  bytes: number;
  /** Whether it is packed by gzip: `header` is of its text. */
  isPacked: boolean;
  header: Header;
  rules: RowRules & { shape: RowShape };
  /** Every schema of Kratos. */
  schemas: IdentitySchema[];
  /** See ValidationSource. */
  refusesApostrophes: boolean;
  /** See Plan. */
  clashesOnKeyOnly: boolean;
  warnings: Warning[];
}

/**
 * @throws InputError, PreflightError, FileError: none of them goes away by itself
 * @throws KratosError `unavailable`: later
 */
export async function preflight(deps: PreflightDeps, input: ImportInput): Promise<PreflightResult> {
  const problems = targetProblems(input.columns);
  if (problems.length > 0) throw new InputError(some(problems, ' '));
  const roles = narrowed('roles', input.roles, deps.roles, 'ROLES');
  const tenants = narrowed('tenants', input.tenants, deps.tenants, 'TENANTS');
  const schemas = await deps.kratos.schemas();
  const schema = chooseSchema(schemas, input.schemaId);

  const { handle: file, bytes } = await openSource(deps.importRoot, input.file);
  try {
    const packed = await isPacked(file);
    const text = packed ? await TextStart.of(file, bytes) : file;
    const textBytes = text instanceof TextStart ? text.bytes : bytes;
    const { allow, csv } = input;
    const header = await readHeader(text, textBytes, {
      csv,
      isKnown: knownNames(input),
      isAddress,
    });
    const { map, warnings } = mapHeader(header, input, schema, deps.showsNames);
    const shape = rowShape(header.names, map.rejectColumns, csv.shortRows);
    await checkExternalId(deps.kratos, map);
    const rules = {
      map,
      shape,
      schema,
      roles: roles ?? deps.roles,
      tenants,
      allow,
      nothing: csv.nothing,
      clear: csv.clear,
    };
    const wrongDefaults = defaultProblems(rules);
    if (wrongDefaults.length > 0) throw new InputError(some(wrongDefaults, ' '));
    return {
      file,
      bytes,
      isPacked: packed,
      header,
      rules,
      schemas,
      refusesApostrophes: csv.leadingApostrophes === 'refuse',
      clashesOnKeyOnly: onlyKeyIsUnique(schemas, map),
      warnings: [...warnings, ...uncheckedRules(schema)],
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The names that mean something to this import, by which a header is told from other lines. */
function knownNames({ columns }: ImportInput): (name: string) => boolean {
  const names = [...Object.keys(DEFAULT_TARGETS), ...Object.keys(columns), ...REJECT_COLUMNS];
  const known = new Set(names.map(sameForPeople));
  return (name) => known.has(sameForPeople(name));
}

function mapHeader(
  { names }: Header,
  { columns, values, defaults }: ImportInput,
  schema: IdentitySchema,
  showsNames: boolean | undefined,
): { map: ColumnMap; warnings: Warning[] } {
  const problems = mappingProblems(names, { columns, values, defaults });
  if (problems.length > 0) throw new InputError(some(problems, ' '));
  const mapped = mapColumns(names, columns, schema, { values, defaults, showsNames });
  if (!mapped.ok) throw new FileError(mapped.problem);
  return mapped;
}

/** An import may only narrow what the worker knows; where the worker knows nothing, anything narrows it. */
function narrowed(
  key: string,
  wanted: string[] | undefined,
  known: readonly string[] | undefined,
  setting: string,
): readonly string[] | undefined {
  if (!wanted) return known;
  const strange = known ? wanted.filter((name) => !known.includes(name)) : [];
  if (strange.length > 0) {
    throw new InputError(
      `${key}: got ${some(strange.map((name) => `"${name}"`))}; allowed: some of the worker's ${setting} (${some(known ?? [])}).`,
    );
  }
  return wanted;
}

/** Rules that each version of Kratos reads in its own way. */
function uncheckedRules(schema: IdentitySchema): Warning[] {
  const places = rulesLeftToKratos(schema);
  if (places.length === 0) return [];
  const message = `rule_not_checked: Kratos alone checks the patterns of the identity schema at ${some(places)}, and may refuse rows that pass here; name classes of characters by their short names, such as \\p{L}.`;
  return [{ code: 'rule_not_checked', message }];
}

/** There may be thousands of tenants, and a message is cut at 4 KiB. */
function some(names: readonly string[], between = ', '): string {
  const more = names.length > 20 ? `${between}and ${names.length - 20} more` : '';
  return `${names.slice(0, 20).join(between)}${more}`;
}

async function checkExternalId(kratos: Kratos, map: ColumnMap): Promise<void> {
  const column = map.columns.find(({ target }) => target.to === 'external_id');
  if (!column || (await kratos.takesExternalId())) return;
  throw new PreflightError(
    `This Kratos has no external_id (it came with v25.4). Map the column "${column.name}" elsewhere, for example ${inputPart('columns', { [column.name]: 'metadata_admin.external_id' })}.`,
  );
}
