import { mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describeCsv } from '../contract/dialect.js';
import type { Findings } from '../contract/findings.js';
import {
  parseImportInput,
  type ImportInput,
  type ImportRequest,
} from '../contract/import/input.js';
import { FileError } from '../csv/file-error.js';
import { KratosError } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { proveAdmin } from '../kratos/prove-admin.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { ClosedValues } from '../validation/closed-values.js';
import { preflight, type PreflightResult } from '../validation/preflight.js';
import { FileAddresses } from '../validation/file-addresses.js';
import { withRows } from '../validation/open-rows.js';
import type { RowProblem } from '../contract/codes.js';
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
import { remedyInCheck } from '../report/remedies.js';
import { indented, warningLine } from './lines.js';
import { renderFailures } from './render-failures.js';
import { renderPreset } from './render-mapping.js';
import { renderWrongValues } from './render-values.js';
import { asOptions } from './spelling.js';
import type { Line } from './terminal.js';

/** Rows in `--json`, and of them on a terminal: --rejects has all. */
const MOST_ROWS = 50;
const MOST_SHOWN = 10;

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
  for (const warning of kratosWarnings(settings.kratos)) context.print(warningLine(warning));
  const kratos = createKratos(settings.kratos);
  const deps = { ...settings, kratos, importRoot: new FolderRoot(dirname(file)), showsNames: true };

  try {
    await proveAdmin(kratos);
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
  let invalid = 0;
  const problemsOf: RowProblems[] = [];
  const output: ValidationOutput = {
    chunk: async () => {},
    invalidRow: async (row, problems) => {
      if (invalid++ < MOST_ROWS) problemsOf.push({ line: row.line, problems });
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
    problems: problemsOf.flatMap(({ line, problems }) =>
      problems.map(({ code, reason }) => ({ line, code, reason })),
    ),
  });
  print(`${input.file}: ${describeCsv({ ...findings.csv, from: input.from })}`);
  if (input.from !== undefined) for (const text of renderPreset(input.from, rules.map)) print(text);
  const isValid = findings.invalid === 0;
  print({
    tone: isValid ? 'success' : 'error',
    text: `${formatNumber(findings.rows)} rows, ${formatNumber(findings.invalid)} not valid; ${describeRoles(findings.roles)}`,
  });
  if (findings.tenants) print(describeTenants(findings.tenants));
  const lines = [
    ...renderFailures(findings.codes, {
      title: 'Not valid:',
      remedy: remedyInCheck,
      rest: 'the first rows follow',
    }),
    ...values.wrong().flatMap(renderWrongValues).map(asOptions),
    ...renderRows(problemsOf, invalid, refused !== undefined),
    ...[...warnings, ...findings.warnings].map(({ message }) => warningLine(asOptions(message))),
  ];
  for (const line of lines) print(line);
  if (refused) print(refused.describe());
  print(`SHA-256 of the file: ${findings.sha256}`);
  return findings.invalid > 0 ? EXIT.incomplete : EXIT.done;
}

interface RowProblems {
  line: number;
  problems: readonly RowProblem[];
}

/** The first rows that are not valid, each with its reasons. */
function renderRows(rows: RowProblems[], invalid: number, areWritten: boolean): Line[] {
  const shown = rows
    .slice(0, MOST_SHOWN)
    .flatMap(({ line, problems }) =>
      problems.map(({ code, reason }) => indented(`line ${line}: ${code}: ${reason}`)),
    );
  const more = invalid - Math.min(rows.length, MOST_SHOWN);
  return [
    ...(rows.length > 0 ? ['The first of these rows:', ...shown] : []),
    ...(more > 0 ? [`  … and ${formatNumber(more)} more rows`] : []),
    ...(more > 0 && !areWritten
      ? ['--rejects FILE writes all of them to a file, each with its reason.']
      : []),
  ];
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
