/** Validates a file into a run's folder: its plan, its chunks and the rows that it refuses. */
import type { Findings } from '../contract/findings.js';
import type { ImportInput } from '../contract/import/input.js';
import { rejectLine } from '../csv/reject-line.js';
import { DurableFile } from '../store/durable-file.js';
import { hasOutcomes } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import { FileAddresses } from './file-addresses.js';
import { findExistingUsers } from './find-existing-users.js';
import { appendChunk, writePlan, type Plan } from '../store/plan.js';
import { preflight, type PreflightDeps } from './preflight.js';
import { validate } from './validate.js';

/**
 * The plan is written last, so that it is there only when all that it speaks of is.
 * @param onRows called now and then with the number of rows read so far
 * @throws what `prepare` and `validate` throw; nothing of the plan is left then
 */
export async function makePlan(
  deps: PreflightDeps,
  input: ImportInput,
  folder: RunLayout,
  onRows: (rows: number) => void,
): Promise<Findings> {
  const prepared = await preflight(deps, input);
  const { file, bytes, header, rules, warnings, clashesOnAddressOnly } = prepared;
  const { chunkSize, canaryRows } = input;
  const chunks = await DurableFile.create(folder.chunks);
  const invalidRows = await DurableFile.create(folder.invalidRows);
  const addresses = new FileAddresses();
  let findings: Findings;
  try {
    const output = {
      chunk: (range: Parameters<typeof appendChunk>[1]) => appendChunk(chunks, range, chunkSize),
      invalidRow: (
        row: { line: number; raw: () => string },
        problems: { code: string; reason: string }[],
      ) =>
        invalidRows.write(
          `${rejectLine(row.raw(), rules.map, {
            line: row.line,
            codes: [...new Set(problems.map(({ code }) => code))],
            reason: problems.map(({ reason }) => reason).join('; '),
          })}\n`,
        ),
    };
    findings = await validate(
      { file, bytes, header, chunkSize, canaryRows },
      rules,
      addresses,
      output,
      onRows,
    );
  } catch (error) {
    await chunks.discard();
    await invalidRows.discard();
    throw error;
  } finally {
    await file.close();
  }
  findings.warnings.unshift(...warnings);
  const use = useOf(input, findings);
  if (use !== 'none') {
    const { rows } = findings;
    const wanted = { addresses, map: rules.map, rows };
    await findExistingUsers(deps.kratos, wanted, folder, () => onRows(rows));
  }
  await chunks.commit();
  await invalidRows.commit();
  await writePlan(folder, {
    file: input.file,
    fileBytes: bytes,
    actor: input.actor,
    schema: rules.schema,
    roles: [...rules.roles],
    ...(rules.tenants && { tenants: [...rules.tenants] }),
    markEmailVerified: input.markEmailVerified,
    header: header.raw,
    byteOrderMark: header.byteOrderMark,
    map: rules.map,
    chunkSize,
    findings,
    clashesOnAddressOnly: clashesOnAddressOnly && !(await hasOutcomes(folder)),
    use,
  });
  return findings;
}

function useOf({ dryRun, onInvalid }: ImportInput, { invalid }: Findings): Plan['use'] {
  if (dryRun === 'file' || (invalid > 0 && onInvalid === 'stop')) return 'none';
  return dryRun === 'live' ? 'preview' : 'import';
}
