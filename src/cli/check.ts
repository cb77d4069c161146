import { mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describeCsv } from '../contract/dialect.js';
import { describeCodes, type Findings } from '../contract/findings.js';
import {
  parseImportInput,
  type ImportInput,
  type ImportRequest,
} from '../contract/import/input.js';
import { FileError } from '../csv/file-error.js';
import { KratosError } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { ClosedValues } from '../validation/closed-values.js';
import { preflight, type PreflightResult } from '../validation/preflight.js';
import { FileAddresses } from '../validation/file-addresses.js';
import { withRows } from '../validation/open-rows.js';
import { validate, type ValidationOutput } from '../validation/validate.js';
import { describeRoles } from '../progress/details.js';
import { describeTenants } from '../progress/plan-texts.js';
import { formatNumber } from '../format.js';
import { kratosWarnings, type Settings } from '../config.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { kratosProblem } from './kratos-problem.js';
import { RefusedRows } from '../report/refused-rows.js';
import { FolderRoot, FolderSource } from '../store/folder-root.js';
import type { TextPlace } from '../store/packed-source.js';
import { renderPreset } from './render-mapping.js';
import { renderWrongValues } from './render-values.js';
import { asOptions } from './spelling.js';

const MOST_ROWS = 50;

type Output = Pick<CommandContext, 'print' | 'printJson'>;

/** What is checked, and where refused rows go. */
export interface CheckRequest {
  /** Path on this machine. */
  path: string;
  request: Omit<ImportRequest, 'file' | 'actor'>;
  /** Where the refused rows are written, with their reasons; nowhere when undefined. */
  rejects?: string | undefined;
}

/**
 * Validates a file on this machine as an import would, against the identity schema of the real Kratos, without Temporal
 * and without any change.
 * @returns the exit status
 */
export async function checkFile(
  { path, request, rejects }: CheckRequest,
  settings: Settings,
  context: Output,
): Promise<number> {
  const file = await realpath(path).catch(() => {
    throw new CommandError(`There is no file ${path}.`, EXIT.wrongUse);
  });
  const parsed = parseImportInput({ ...request, file: basename(file), actor: 'check' });
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  for (const warning of kratosWarnings(settings.kratos)) context.print(`warning ${warning}`);
  const kratos = createKratos(settings.kratos);
  const deps = { ...settings, kratos, importRoot: new FolderRoot(dirname(file)), showsNames: true };

  try {
    const prepared = await preflight(deps, parsed.input);
    try {
      const refused =
        rejects === undefined ? undefined : await RefusedRows.create(rejects, file, prepared);
      return await checkRows(prepared, parsed.input, refused, context);
    } finally {
      await prepared.file.close();
    }
  } catch (error) {
    throw toCommandError(error);
  }
}

async function checkRows(
  prepared: PreflightResult,
  input: ImportInput,
  refused: RefusedRows | undefined,
  { print, printJson }: Output,
): Promise<number> {
  const { rules, warnings } = prepared;
  const values = new ClosedValues(rules);
  let printed = 0;
  const problemsOf: { line: number; code: string; reason: string }[] = [];
  const output: ValidationOutput = {
    chunk: async () => {},
    invalidRow: async (row, problems) => {
      if (printed++ < MOST_ROWS)
        for (const { code, reason } of problems) {
          print(`line ${row.line}: ${code}: ${reason}`);
          problemsOf.push({ line: row.line, code, reason });
        }
      values.add(row.cells);
      await refused?.add(row, problems);
    },
  };
  let findings: Findings;
  try {
    findings = await inPrivateFile((place) =>
      withRows(prepared, place, nothing, async (rows) => {
        const source = { ...prepared, ...rows, chunkSize: input.chunkSize, canaryRows: 0 };
        return validate(source, rules, new FileAddresses(), output, nothing);
      }),
    );
  } catch (error) {
    await refused?.discard();
    throw error;
  }
  await refused?.commit();

  printJson({
    file: input.file,
    csv: findings.csv,
    sha256: findings.sha256,
    rows: findings.rows,
    invalid: findings.invalid,
    codes: findings.codes,
    roles: findings.roles,
    warnings: [...warnings, ...findings.warnings],
    wrongValues: values.wrong(),
    // As many rows as a person is shown; --rejects has all of them.
    problems: problemsOf,
  });
  print(`${input.file}: ${describeCsv({ ...findings.csv, from: input.from })}`);
  if (input.from !== undefined) for (const text of renderPreset(input.from, rules.map)) print(text);
  if (printed > MOST_ROWS) print(`… and ${formatNumber(printed - MOST_ROWS)} more rows`);
  for (const { message } of [...warnings, ...findings.warnings])
    print(`warning ${asOptions(message)}`);
  for (const text of describeCodes(findings.codes)) print(text);
  for (const text of values.wrong().flatMap(renderWrongValues)) print(asOptions(text));
  print(
    `${formatNumber(findings.rows)} rows, ${formatNumber(findings.invalid)} not valid; ${describeRoles(findings.roles)}`,
  );
  if (findings.tenants) print(describeTenants(findings.tenants));
  if (refused) print(refused.describe());
  print(`SHA-256 of the file: ${findings.sha256}`);
  return findings.invalid > 0 ? EXIT.incomplete : EXIT.done;
}

function toCommandError(error: unknown): unknown {
  if (error instanceof FileError)
    return new CommandError(asOptions(error.message), EXIT.incomplete);
  if (error instanceof InputError || error instanceof PreflightError)
    return new CommandError(asOptions(error.message), EXIT.wrongUse);
  return error instanceof KratosError ? kratosProblem(error) : error;
}

function nothing(): void {
  return undefined;
}

/** The text of a packed file needs a place as long as it is looked at; its owner alone may read it. */
async function inPrivateFile<Result>(work: (place: TextPlace) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'user-import-'));
  const file = await open(join(folder, 'source.csv'), 'wx+', 0o600);
  // It is open: nothing is left of it, also when this process is killed.
  await rm(folder, { recursive: true });
  try {
    return await work({
      write: (fill) => fill({ write: (content) => file.writeFile(content) }),
      open: async () => new FolderSource(file, (await file.stat()).size),
    });
  } finally {
    await file.close();
  }
}
