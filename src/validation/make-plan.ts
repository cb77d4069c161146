/** Validates a file into a run's folder: its plan, its chunks and the rows that it refuses. */
import { randomUUID } from 'node:crypto';
import type { Findings } from '../contract/findings.js';
import type { ImportInput } from '../contract/import/input.js';
import { unfollowedReference } from '../identity/schema.js';
import { appendChunk, createPlan, findPlan, type HintsFile, type Plan } from '../store/plan.js';
import { PLAN_FILES, type RunLayout } from '../store/run-layout.js';
import type { Store, Writer } from '../store/store.js';
import { textIn, type Packed } from '../store/packed-source.js';
import { parametersDigest } from '../passwords/formats/project-parameters.js';
import { ClosedValues } from './closed-values.js';
import { FileAddresses } from './file-addresses.js';
import { findExistingUsers } from './find-existing-users.js';
import { preflight, type PreflightDeps, type PreflightResult } from './preflight.js';
import { withRows } from './open-rows.js';
import { refusedLine } from './reasons.js';
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
  const { deps, input, onRows } = task;
  const prepared = await preflight(deps, input);
  const addresses = new FileAddresses();
  let validated: Validated;
  try {
    validated = await writeRows(folder, validation, prepared, addresses, task);
  } finally {
    await prepared.file.close();
  }
  const { findings } = validated;
  findings.warnings.unshift(...prepared.warnings);
  if (input.from !== undefined) findings.csv.from = input.from;
  const use = useOf(input, findings);
  let hints: HintsFile[] = [];
  if (use !== 'none') {
    const { rows } = findings;
    const { rules, schemas } = prepared;
    const foreseesConflicts = use === 'preview';
    const wanted = { addresses, map: rules.map, rows, schemas, foreseesConflicts };
    hints = await findExistingUsers(deps.kratos, wanted, { folder, validation }, () =>
      onRows(rows),
    );
  }
  return toPlan(input, prepared, { validation, hints, ...validated, use });
}

type Validated = Pick<Plan, 'findings' | 'packed' | 'wrongColumns'>;

/** Writes what validation finds row by row. */
async function writeRows(
  folder: RunLayout,
  validation: string,
  prepared: PreflightResult,
  addresses: FileAddresses,
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
  found: Pick<Plan, 'validation' | 'hints' | 'use'> & Validated,
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
