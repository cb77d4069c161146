/** Validates a file into a run's folder: its plan, its chunks and the rows that it refuses. */
import { randomUUID } from 'node:crypto';
import type { Findings } from '../contract/findings.js';
import type { ImportInput } from '../contract/import/input.js';
import { unfollowedReference } from '../identity/schema.js';
import { appendChunk, createPlan, findPlan, type Plan, type PlanSource } from '../store/plan.js';
import { PLAN_FILES, type RunLayout } from '../store/run-layout.js';
import type { Store, Writer } from '../store/store.js';
import { textIn, type Packed } from '../store/packed-source.js';
import { Scratch } from '../store/scratch.js';
import { parametersDigest } from '../passwords/formats/project-parameters.js';
import { ClosedValues } from './closed-values.js';
import { FileAddresses } from './file-addresses.js';
import { findExistingUsers } from './find-existing-users.js';
import { listSource } from './list-source.js';
import { preflight, type PreflightDeps, type PreflightResult } from './preflight.js';
import { withRows } from './open-rows.js';
import { refusedLine } from './reasons.js';
import { RowStates } from './row-states.js';
import { validate, type ValidationOutput } from './validate.js';

/**
 * The plan is written last, so that it is there only when all that it names is. The first validation of a run to come to
 * its end counts: where the run has a plan, this returns what that one found.
 * @param onRows called now and then with the number of rows read so far
 * @throws what `preflight` and `validate` throw; nothing of this validation is left then
 */
export async function makePlan(
  deps: PreflightDeps,
  input: ImportInput,
  folder: RunLayout,
  onRows: (rows: number) => void,
): Promise<Findings> {
  const earlier = await findPlan(folder);
  if (earlier) return earlier.findings;
  const validation = randomUUID();
  const plan = await validateInto(folder, validation, { deps, input, onRows }).catch(
    async (error: unknown) => {
      // Should they stay, they are in nobody's way.
      await discard(folder, validation).catch(() => undefined);
      throw error;
    },
  );
  // Where no answer comes, the plan may stand all the same, or come late: its files stay.
  const counts = await createPlan(folder, plan);
  if (counts.validation !== validation) await discard(folder, validation);
  return counts.findings;
}

interface Task {
  deps: PreflightDeps;
  input: ImportInput;
  onRows: (rows: number) => void;
}

/** @returns the plan, of which all is there but itself */
async function validateInto(
  folder: RunLayout,
  validation: string,
  task: Task,
): Promise<Omit<Plan, 'run'>> {
  const { deps, input } = task;
  const prepared = await preflight(deps, input);
  const scratch = new Scratch();
  try {
    let known: KnownRows;
    let validated: Validated;
    try {
      known = { addresses: new FileAddresses(), states: statesFor(input, prepared, scratch) };
      validated = await writeRows(folder, validation, prepared, known, task);
    } finally {
      await prepared.file.close();
    }
    const { findings } = validated;
    findings.warnings.unshift(...prepared.warnings);
    if (input.from !== undefined) findings.csv.from = input.from;
    const use = useOf(input, findings);
    const users = await listUsers({ folder, validation }, prepared, { known, findings, use }, task);
    return toPlan(input, prepared, { validation, ...users, ...validated, use });
  } finally {
    scratch.close();
  }
}

/** What validation keeps of all rows until the users are listed. */
interface KnownRows {
  addresses: FileAddresses;
  /** Only for the file of a source whose users are listed. */
  states: RowStates | undefined;
}

function statesFor(
  { missing, dryRun, setPasswords }: ImportInput,
  { rules }: PreflightResult,
  scratch: Scratch,
): RowStates | undefined {
  if (missing.scope === undefined || dryRun === 'file') return undefined;
  return new RowStates(scratch.file(), { map: rules.map, setPasswords });
}

/** Finds out which users the rows have, and puts what they are to a source into the findings. */
async function listUsers(
  place: { folder: RunLayout; validation: string },
  { rules, schemas }: PreflightResult,
  { known, findings, use }: Pick<Plan, 'findings' | 'use'> & { known: KnownRows },
  { deps, input, onRows }: Task,
): Promise<Pick<Plan, 'hints' | 'source'>> {
  const { addresses, states } = known;
  const { rows, canaryChunks } = findings;
  const source = sourceOf(input);
  if (use === 'none') return { hints: [], source };
  const onPage = () => onRows(rows);
  const wanted = { addresses, map: rules.map, rows, schemas, foreseesConflicts: use === 'preview' };
  if (!source || !states) {
    return { hints: await findExistingUsers(deps.kratos, wanted, place, onPage) };
  }
  const invites = input.invitations.send !== 'never';
  const file = { ...wanted, states, canaryChunks, invites, schemaId: rules.schema.id, source };
  const { hints, found, planned } = await listSource(deps.kratos, file, place, onPage);
  findings.source = found;
  return { hints, source: { ...source, ...planned } };
}

/** The source of an import before its users are known. */
function sourceOf({ missing, onDrift, adopt }: ImportInput): PlanSource | undefined {
  if (missing.scope === undefined) return undefined;
  const nobody = { leavers: 0, leaversSha256: '', skipped: [] };
  return { name: missing.scope, do: missing.do, onDrift, adopt, ...nobody };
}

type Validated = Pick<Plan, 'findings' | 'packed' | 'wrongColumns'>;

/** Writes what validation finds row by row. */
async function writeRows(
  folder: RunLayout,
  validation: string,
  prepared: PreflightResult,
  { addresses, states }: KnownRows,
  { input: { chunkSize, canaryRows }, onRows }: Task,
): Promise<Validated> {
  const { header, rules } = prepared;
  const layout = { shape: rules.shape, dialect: header.dialect };
  const { store } = folder;
  const values = new ClosedValues(rules);
  return writing(store, folder.ofPlan(validation, 'chunks'), (chunks) =>
    writing(store, folder.ofPlan(validation, 'invalid.csv'), async (invalidRows) => {
      const output: ValidationOutput = {
        chunk: (range) => appendChunk(chunks, range, chunkSize),
        invalidRow: (row, problems) => {
          values.add(row.cells);
          return invalidRows.write(refusedLine(row, problems, layout));
        },
        row: states && ((line, row, startsChunk) => states.add(line, row, startsChunk)),
      };
      let packed: Packed | undefined;
      const onPart = () => onRows(0);
      const findings = await withRows(
        prepared,
        textIn(store, folder.sourceText),
        onPart,
        (rows) => {
          packed = rows.unpacked && { textBytes: rows.bytes, trailer: rows.unpacked.trailer };
          const source = { ...prepared, ...rows, chunkSize, canaryRows };
          return validate(source, rules, addresses, output, onRows);
        },
      );
      return { findings, packed, wrongColumns: values.wrongColumns() };
    }),
  );
}

/** @returns what `fill` does */
async function writing<Result>(
  store: Store,
  key: string,
  fill: (writer: Writer) => Promise<Result>,
): Promise<Result> {
  let result: Result | undefined;
  await store.write(key, async (writer) => void (result = await fill(writer)));
  return result as Result;
}

async function discard(folder: RunLayout, validation: string): Promise<void> {
  await folder.store.remove(PLAN_FILES.map((file) => folder.ofPlan(validation, file)));
}

function useOf({ dryRun, onInvalid }: ImportInput, { invalid }: Findings): Plan['use'] {
  if (dryRun === 'file' || (invalid > 0 && onInvalid === 'stop')) return 'none';
  return dryRun === 'live' ? 'preview' : 'import';
}

function toPlan(
  input: ImportInput,
  { file, bytes, header, rules, schemas, clashesOnKeyOnly }: PreflightResult,
  found: Pick<Plan, 'validation' | 'hints' | 'source' | 'use'> & Validated,
): Omit<Plan, 'format' | 'run'> {
  return {
    file: input.file,
    fileBytes: bytes,
    fileVersion: file.version,
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
    clashesOnKeyOnly,
  };
}
