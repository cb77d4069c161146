/** Validates a file into a run's folder: its plan, its chunks and the rows that it refuses. */
import type { Findings } from '../contract/findings.js';
import type { ImportInput } from '../contract/import/input.js';
import { unfollowedReference } from '../identity/schema.js';
import type { RejectLayout } from '../csv/reject-line.js';
import { DurableFile } from '../store/durable-file.js';
import { appendChunk, writePlan, type Plan } from '../store/plan.js';
import { hasOutcomes } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import type { Packed } from '../store/packed-source.js';
import { parametersDigest } from '../passwords/formats/project-parameters.js';
import { FileAddresses } from './file-addresses.js';
import { findExistingUsers } from './find-existing-users.js';
import { preflight, type PreflightDeps, type PreflightResult } from './preflight.js';
import { withRows } from './open-rows.js';
import { refusedLine } from './reasons.js';
import { validate, type ValidationOutput } from './validate.js';

/**
 * The plan is written last, so that it is there only when all that it names is.
 * @param onRows called now and then with the number of rows read so far
 * @throws what `preflight` and `validate` throw; nothing of the plan is left then
 */
export async function makePlan(
  deps: PreflightDeps,
  input: ImportInput,
  folder: RunLayout,
  onRows: (rows: number) => void,
): Promise<Findings> {
  const prepared = await preflight(deps, input);
  const addresses = new FileAddresses();
  const files = await PlanFiles.create(folder);
  let findings: Findings;
  let packed: Packed | undefined;
  try {
    const { header, rules } = prepared;
    const layout = { shape: rules.shape, dialect: header.dialect };
    const output = files.output(layout, input.chunkSize);
    const { chunkSize, canaryRows } = input;
    const onPart = () => onRows(0);
    findings = await withRows(prepared, folder.sourceText, onPart, (rows) => {
      packed = rows.unpacked && { textBytes: rows.bytes, trailer: rows.unpacked.trailer };
      const source = { ...prepared, ...rows, chunkSize, canaryRows };
      return validate(source, rules, addresses, output, onRows);
    });
  } catch (error) {
    await files.discard();
    throw error;
  } finally {
    await prepared.file.close();
  }
  findings.warnings.unshift(...prepared.warnings);
  if (input.from !== undefined) findings.csv.from = input.from;
  const use = useOf(input, findings);
  if (use !== 'none') {
    const { rows } = findings;
    const { rules, schemas } = prepared;
    const foreseesConflicts = use === 'preview';
    const wanted = { addresses, map: rules.map, rows, schemas, foreseesConflicts };
    await findExistingUsers(deps.kratos, wanted, folder, () => onRows(rows));
  }
  await files.commit();
  await writePlan(folder, await toPlan(input, prepared, { findings, packed, use }, folder));
  return findings;
}

/** What validation writes row by row. */
class PlanFiles {
  private constructor(
    private readonly chunks: DurableFile,
    private readonly invalidRows: DurableFile,
  ) {}

  static async create(folder: RunLayout): Promise<PlanFiles> {
    return new PlanFiles(
      await DurableFile.create(folder.chunks),
      await DurableFile.create(folder.invalidRows),
    );
  }

  output(layout: RejectLayout, chunkSize: number): ValidationOutput {
    return {
      chunk: (range) => appendChunk(this.chunks, range, chunkSize),
      invalidRow: (row, problems) => this.invalidRows.write(refusedLine(row, problems, layout)),
    };
  }

  async commit(): Promise<void> {
    await this.chunks.commit();
    await this.invalidRows.commit();
  }

  async discard(): Promise<void> {
    await this.chunks.discard();
    await this.invalidRows.discard();
  }
}

function useOf({ dryRun, onInvalid }: ImportInput, { invalid }: Findings): Plan['use'] {
  if (dryRun === 'file' || (invalid > 0 && onInvalid === 'stop')) return 'none';
  return dryRun === 'live' ? 'preview' : 'import';
}

async function toPlan(
  input: ImportInput,
  { bytes, header, rules, schemas, clashesOnKeyOnly }: PreflightResult,
  found: Pick<Plan, 'findings' | 'packed' | 'use'>,
  folder: RunLayout,
): Promise<Plan> {
  return {
    run: folder.run,
    file: input.file,
    fileBytes: bytes,
    actor: input.actor,
    schema: rules.schema,
    otherSchemas: schemas.filter(
      (schema) => schema.id !== rules.schema.id && unfollowedReference(schema) === undefined,
    ),
    roles: [...rules.roles],
    tenants: rules.tenants && [...rules.tenants],
    markEmailVerified: input.markEmailVerified,
    invitesSignIns: input.invitations.withSignIn,
    providers: rules.providers && [...rules.providers],
    allow: input.allow,
    onUnsupportedHash: rules.onUnsupportedHash,
    parametersDigest: parametersDigest(rules.projectParameters ?? {}),
    setPasswords: input.setPasswords,
    nothing: [...rules.nothing],
    clear: rules.clear,
    at: rules.at,
    header: header.raw,
    dialect: header.dialect,
    map: rules.map,
    shape: rules.shape,
    from: input.from,
    mapping: input.mapping,
    chunkSize: input.chunkSize,
    ...found,
    clashesOnKeyOnly: clashesOnKeyOnly && !(await hasOutcomes(folder)),
  };
}
