/** Everything that must be right before the first row is read, each fault with its own words. */
import type { Warning } from '../contract/codes.js';
import type { ImportInput } from '../contract/import/input.js';
import { FileError } from '../csv/file-error.js';
import type { ByteSource } from '../csv/byte-source.js';
import { readHeader, type Header, type HeaderHints } from '../csv/header.js';
import { REJECT_COLUMNS } from '../csv/reject-line.js';
import { rowShape } from '../csv/row-shape.js';
import type { Kratos } from '../kratos/kratos.js';
import { DEFAULT_TARGETS, targetProblems, type ColumnMap } from '../identity/columns.js';
import { isAddress, sameForPeople } from '../identity/email.js';
import { mapColumns } from '../identity/map-columns.js';
import { chooseTargets } from '../identity/choose-targets.js';
import { looksLikeName } from '../identity/header-names.js';
import { labelOf, listed, MOST_NAMED } from '../identity/header-words.js';
import { mappingProblems } from '../identity/mapping-problems.js';
import type { GivenMapping } from '../identity/merge-mappings.js';
import { PRESETS } from '../presets/index.js';
import { misfitOf, nearestPreset, readingOf, type Misfit } from '../presets/use-preset.js';
import type { ProjectParameters } from '../passwords/formats/project-parameters.js';
import { isPacked, TextStart } from '../store/packed-source.js';
import type { ImportRoot, Source } from '../store/import-root.js';
import { InputError } from '../contract/errors.js';
import { rulesLeftToKratos, type IdentitySchema } from '../identity/schema.js';
import { chooseSchema, onlyKeyIsUnique } from './choose-schema.js';
import type { RowRules } from './checked-row.js';
import { parametersFor } from './check-hash-columns.js';
import { checkTargets, providersFor, uncheckedProviders } from './check-targets.js';
import { defaultProblems } from './default-problems.js';

export interface PreflightDeps {
  importRoot: ImportRoot;
  kratos: Kratos;
  /** The worker's own lists, which an import may only narrow. */
  roles: readonly string[];
  tenants: readonly string[] | undefined;
  /** Parameters that hashes of other products are made with. */
  projectParameters?: ProjectParameters | undefined;
  /** See MapOptions. */
  showsNames?: boolean;
  /** The machine's clock, when absent. */
  now?: () => Date;
}

/** A file that is open, and how its rows are to be read. The caller closes `file`. */
export interface PreflightResult {
  file: Source;
  /** The whole file's, packed or not. */
  bytes: number;
  /** Whether it is packed by gzip: `header` is of its text. */
  isPacked: boolean;
  header: Header;
  rules: RowRules & Required<Pick<RowRules, 'shape' | 'nothing' | 'at' | 'onUnsupportedHash'>>;
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

  const file = await deps.importRoot.open(input.file);
  const { bytes } = file;
  try {
    const packed = await isPacked(file);
    const text = packed ? await TextStart.of(file, bytes) : file;
    const textBytes = text instanceof TextStart ? text.bytes : bytes;
    const { csv, mapping, onUnsupportedHash } = readingOf(input);
    const { showsNames } = deps;
    const hints = { csv, isKnown: knownNames(mapping), showsNames, isAddress };
    const header =
      (await unexpectedHeader(text, textBytes, hints, input)) ??
      (await readHeader(text, textBytes, hints));
    const misfit = misfitOf(input, header.names);
    if (misfit) throw new InputError(describeMisfit(misfit, header.names, showsNames));
    const { map, warnings } = mapHeader(header, mapping, schema, showsNames);
    const shape = rowShape(header.names, map.rejectColumns, csv.shortRows);
    await checkTargets(deps.kratos, map);
    const providers = await providersFor(deps.kratos, map);
    const projectParameters = parametersFor(map, deps.projectParameters);
    const rules = {
      map,
      shape,
      schema,
      roles: roles ?? deps.roles,
      tenants,
      allow: input.allow,
      providers,
      onUnsupportedHash,
      projectParameters,
      nothing: csv.nothing,
      clear: csv.clear,
      at: (deps.now?.() ?? new Date()).toISOString(),
      ...(input.missing.scope !== undefined && { source: { name: input.missing.scope } }),
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
      warnings: [...warnings, ...uncheckedRules(schema), ...uncheckedProviders(map, providers)],
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The header that somebody has given an export which has none, or that of another product's export. */
async function unexpectedHeader(
  text: ByteSource,
  bytes: number,
  { csv, ...hints }: HeaderHints,
  input: ImportInput,
): Promise<Header | undefined> {
  if (csv.headerNames === undefined || input.csv.headerNames !== undefined) return undefined;
  const read = readHeader(text, bytes, { ...hints, csv: { ...csv, headerNames: undefined } });
  const header = await read.catch((error: unknown) => {
    // A row is no header.
    if (error instanceof FileError) return undefined;
    throw error;
  });
  return header && nearestPreset(header.names) !== undefined ? header : undefined;
}

/** The names that mean something to this import, by which a header is told from other lines. */
function knownNames({ columns }: GivenMapping): (name: string) => boolean {
  const names = [...Object.keys(DEFAULT_TARGETS), ...Object.keys(columns), ...REJECT_COLUMNS];
  const known = new Set(names.map(sameForPeople));
  return (name) => known.has(sameForPeople(name));
}

function mapHeader(
  { names }: Header,
  mapping: GivenMapping,
  schema: IdentitySchema,
  showsNames: boolean | undefined,
): { map: ColumnMap; warnings: Warning[] } {
  const chosen = chooseTargets(names, mapping, schema);
  const problems = mappingProblems(names, chosen);
  if (problems.length > 0) throw new InputError(some(problems, ' '));
  const { columns, values, defaults } = chosen;
  const mapped = mapColumns(names, columns, schema, { values, defaults, showsNames });
  if (!mapped.ok) throw new FileError(mapped.problem);
  return mapped;
}

function describeMisfit(
  { from, nearest }: Misfit,
  names: string[],
  showsNames: boolean | undefined,
): string {
  const shown = names
    .slice(0, MOST_NAMED)
    .map((name, index) => labelOf(index, name, showsNames === true || looksLikeName(name)));
  const way =
    nearest === undefined
      ? 'Leave it out, and say where each column goes.'
      : `It is nearer to "${nearest}".`;
  return `from: the file is no export of ${PRESETS[from].product} ("${from}"): its header has ${listed(shown, names.length)}. ${way}`;
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
