import { NO_COUNTS } from '../../../../src/contract/import/outcomes.js';
import type { PortionResult } from '../../../../src/contract/import/portion.js';
import type { PortionInFlight } from '../../../../workflows/import-users/portions.js';
import type { CsvFacts } from '../../../../src/contract/dialect.js';
import type { Findings } from '../../../../src/contract/findings.js';
import type { SourceFindings } from '../../../../src/contract/import/leavers.js';
import { parseImportInput, type ImportRequest } from '../../../../src/contract/import/input.js';
import {
  newState,
  type ImportRun,
  type ImportState,
} from '../../../../workflows/import-users/state.js';

export const NOW = Date.parse('2026-11-02T10:00:00Z');
export const REF = { workflowId: 'import-1', runId: 'run-1' };

export const SHA256 = 'ab'.repeat(32);

const CSV: CsvFacts = {
  ...{ encoding: 'utf-8', byteOrderMark: false, ascii: true, separator: 'comma' },
  ...{ separatorFrom: 'header', headerLine: 1, gzip: false, apostrophesRemoved: false },
};

export function findingsOf(keys: Partial<Findings> = {}): Findings {
  return {
    ...{ sha256: SHA256, csv: CSV },
    ...{ rows: 1000, invalid: 0, chunks: 10, canaryChunks: 0 },
    ...{ codes: {}, roles: { user: 1000 }, warnings: [] },
    ...keys,
  };
}

/** Of a source of 1,000 users, all of whose chunks have work left. */
export function sourceOf(keys: Partial<SourceFindings> = {}): SourceFindings {
  return {
    ...{ scope: 1000, leavers: 0, told: 0, unreadable: 0, adoptable: 0, settled: 0 },
    ...{ open: [{ chunk: 1, chunks: 10 }], skippedRows: 0, skippedInvalid: 0, skippedChunks: 0 },
    ...keys,
  };
}

/** An import of ten chunks of a hundred rows in the middle of its work. */
export function runOf(
  state: Partial<ImportState> = {},
  request: Partial<ImportRequest> = {},
): ImportRun {
  const parsed = parseImportInput({
    file: 'users.csv',
    actor: 'alice',
    chunkSize: 100,
    ...request,
  });
  if (!parsed.ok) throw new Error(parsed.message);
  const { input } = parsed;
  return {
    ref: REF,
    input,
    state: {
      ...newState(input, new Date(NOW)),
      ...{ phase: 'importing' as const, findings: findingsOf(), started: true as const },
      ...state,
    },
    inFlight: new Set(),
  };
}

/** Chunks in flight. */
export function portionOf(chunk: number, chunks = 1): PortionInFlight {
  return { chunk, chunks, mode: 'skip' };
}

/** What came of a chunk of a hundred rows. */
export function chunkOf(failed = 0, due = 0): PortionResult {
  return {
    done: 1,
    counts: { ...NO_COUNTS, created: 100 - failed, failed, due },
    errors: failed > 0 ? { rejected: { count: failed, lines: [2] } } : {},
  };
}

export const textsOf = ({ notices }: ImportState) => notices.map(({ text }) => text);
export const eventsOf = ({ timeline }: ImportState) =>
  timeline.entries.map(({ by, text }) => `${by}: ${text}`);
