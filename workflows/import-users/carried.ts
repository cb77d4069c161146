/** The state of an import as one execution hands it over to the next. */
import { z } from 'zod';
import { WARNING_CODES } from '../../src/contract/codes.js';
import { ENCODINGS, SEPARATORS, type CsvFacts } from '../../src/contract/dialect.js';
import type { ChangedRow } from '../../src/contract/import/changed-rows.js';
import { CONCURRENCY, MODE, PER_MINUTE } from '../../src/contract/import/input.js';
import type { SourceFindings } from '../../src/contract/import/leavers.js';
import { PRESET_NAMES } from '../../src/contract/import/preset-names.js';
import { NO_COUNTS, type ChunkCounts } from '../../src/contract/import/outcomes.js';
import type { SignInTrial } from '../../src/contract/import/sign-ins.js';
import type { LastRun, TakenFile } from '../../src/contract/import/taken-file.js';
import { isInvitationCounts, type InvitationCounts } from '../../src/contract/invitations.js';
import { SEARCHABLE } from '../../src/contract/search-attributes.js';
import { APPROVALS, IMPORT_PHASES } from '../../src/contract/status.js';
import {
  chunkedState,
  codeCounts,
  count,
  keyOf,
  runRef,
  series,
  text,
  toldSchema,
} from '../shared/carried.js';
import { sendingStateSchema } from '../send-invitations/carried.js';
import type { ImportState } from './state.js';

export function importStateSchema(): z.ZodType<ImportState> {
  const approval = keyOf(APPROVALS);
  return z.object({
    ...chunkedState(),
    phase: keyOf(IMPORT_PHASES),
    cancelled: z.literal(true).optional(),
    startedAt: z.iso.datetime(),
    taken: takenSchema().optional(),
    searchAttributes: z.partialRecord(keyOf(SEARCHABLE), text()).optional(),
    told: toldSchema().optional(),
    areMailsWaiting: z.boolean().optional(),
    listedChunks: count().optional(),
    findings: findingsSchema().optional(),
    mode: MODE,
    concurrency: CONCURRENCY,
    perMinute: PER_MINUTE,
    held: z.boolean(),
    resumes: count(),
    invited: z.custom<InvitationCounts>(isInvitationCounts),
    invitations: z.object({ format: count(), state: sendingStateSchema() }).optional(),
    pendingApproval: approval.optional(),
    approvalMode: MODE.optional(),
    approved: z.array(approval),
    knownUsers: signInsSchema().optional(),
    started: z.literal(true).optional(),
    counts: chunkCounts(),
    leaving: z.literal(true).optional(),
    leaverCounts: chunkCounts().default(NO_COUNTS),
    errors: codeCounts(),
    effects: effectsSchema().optional(),
    sample: sampleSchema().optional(),
    handedBack: portions(),
    portionsStarted: count(),
    undecidedChunks: z.array(count()),
    sinceResume: z.object({ processed: count(), failed: count() }),
    timeline: z.object({
      entries: z.array(z.object({ at: text(), by: z.enum(['operator', 'import']), text: text() })),
      leftOut: count(),
    }),
    rowsHistory: series({ done: count() }),
    mailsHistory: series({ sent: count(), failed: count() }),
  } satisfies Record<keyof ImportState, z.ZodType>);
}

/** An execution of before may not have known all of them. */
function chunkCounts() {
  return z
    .partialRecord(keyOf(NO_COUNTS), count())
    .transform((counts): ChunkCounts => ({ ...NO_COUNTS, ...counts }));
}

function portions() {
  return z.array(z.object({ chunk: count(), chunks: count() }));
}

function takenSchema(): z.ZodType<TakenFile> {
  const last = z.object({
    ...{ run: runRef(), rows: count(), open: count(), startedAt: z.iso.datetime() },
  } satisfies Record<keyof LastRun, z.ZodType>);
  return z.object({
    ...{
      file: z.string().max(4096),
      sha256: text(),
      unchanged: runRef().optional(),
      last: last.optional(),
    },
  } satisfies Record<keyof TakenFile, z.ZodType>);
}

function signInsSchema(): z.ZodType<SignInTrial> {
  const numbers = () => z.array(count()).max(100);
  return z.union([
    z.object({ total: count(), wrong: numbers(), others: numbers(), leftOpen: numbers() }),
    z.object({ problem: text() }),
  ]);
}

function findingsSchema() {
  return z.looseObject({
    sha256: text(),
    csv: csvFactsSchema(),
    rows: count(),
    invalid: count(),
    chunks: count(),
    canaryChunks: count(),
    codes: codeCounts(),
    roles: z.record(z.string(), count()),
    tenants: z
      .object({ distinct: count(), rows: z.record(z.string(), count()).optional() })
      .optional(),
    warnings: z.array(z.object({ code: z.enum(WARNING_CODES), message: z.string() })),
    source: sourceSchema().optional(),
    expected: z
      .object({
        known: count(),
        updated: count(),
        leftAlone: count(),
        effects: effectsSchema().optional(),
        firstRows: count().optional(),
        sample: sampleSchema().optional(),
      })
      .optional(),
  });
}

function sourceSchema(): z.ZodType<SourceFindings> {
  return z.object({
    ...{ scope: count(), leavers: count(), told: count(), unreadable: count() },
    ...{ adoptable: count(), settled: count(), open: portions() },
    ...{ skippedRows: count(), skippedInvalid: count(), skippedChunks: count() },
  } satisfies Record<keyof SourceFindings, z.ZodType>);
}

function csvFactsSchema(): z.ZodType<CsvFacts> {
  return z.object({
    encoding: z.enum(ENCODINGS),
    byteOrderMark: z.boolean(),
    ascii: z.boolean(),
    separator: keyOf(SEPARATORS),
    separatorFrom: z.enum(['header', 'sep-line', 'input']),
    headerLine: count(),
    gzip: z.boolean(),
    apostrophesRemoved: z.boolean(),
    from: z.enum(PRESET_NAMES).optional(),
  } satisfies Record<keyof CsvFacts, z.ZodType>);
}

function sampleSchema(): z.ZodType<ChangedRow[]> {
  const field = z.object({ path: text(), from: text().optional(), to: text().optional() });
  const row = z.object({
    line: count(),
    identityId: text(),
    fields: z.array(field).max(100),
    more: count().optional(),
  });
  return z.array(row).max(100);
}

function effectsSchema() {
  return z.object({
    kinds: codeCounts(),
    roles: z.array(
      z.object({ from: text(), to: text(), count: count(), lines: z.array(count()).max(100) }),
    ),
  });
}
