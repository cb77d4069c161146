/** Rows and their outcomes, as JSON, as CSV, and as a table of a terminal. */
import { describeFields, type ChangedField } from '../contract/import/changed-rows.js';
import type { Outcome } from '../contract/import/outcomes.js';
import { csvCell, harmlessCell, harmlessIdentifier } from '../csv/write.js';
import { formatNumber } from '../format.js';
import { printableJson } from '../printable.js';
import type { Line } from './terminal.js';

/** What is shown beside outcomes and ids. */
export interface ResultColumns {
  changes?: boolean;
  emails?: boolean;
}

/** One row, as programs get it. */
export interface ResultRow {
  /** Absent of users who are in no row, and where it is not known any more. */
  line?: number | undefined;
  outcome: Outcome;
  identityId?: string | undefined;
  codes: string[];
  invitation: string;
  email?: string;
  /** Of users without an address. */
  identifier?: string | undefined;
  fields?: ChangedField[];
  /** Further fields, for which there is no room. */
  moreFields?: number | undefined;
}

/** How rows are written: the lines before them, those of a row, and those after the last one. */
export interface ResultFormat {
  begin: string[];
  row: (row: ResultRow) => Line[];
  end: (isCut: boolean) => string[];
}

/** One document, written as it is read: each row is a line of it. */
export function asJson(about: object): ResultFormat {
  let isFirst = true;
  return {
    begin: [`${printableJson(about).slice(0, -1)},"rows":[`],
    row: (row) => {
      const text = `${isFirst ? '' : ','}${printableJson(row)}`;
      isFirst = false;
      return [text];
    },
    end: (isCut) => [`],"more":${isCut}}`],
  };
}

/** The columns of results.csv, as far as they are wanted. */
export function asCsv({ changes, emails }: ResultColumns): ResultFormat {
  const columns = ['line', ...(emails ? ['email'] : []), 'outcome', 'identity_id', 'code'];
  columns.push('invitation', ...(changes ? ['changes'] : []));
  return {
    begin: [columns.join(',')],
    row: (row) => {
      const { line = '', outcome, identityId = '', codes, invitation } = row;
      const cells = [
        line,
        ...(emails ? [knownBy(row)] : []),
        ...[outcome, identityId, csvCell(codes.join(';')), invitation],
        ...(changes ? [harmlessCell(changesOf(row))] : []),
      ];
      return [cells.join(',')];
    },
    end: () => [],
  };
}

function knownBy({ email = '', identifier = '' }: ResultRow): string {
  return email === '' ? harmlessIdentifier(identifier) : harmlessCell(email);
}

function changesOf({ fields = [], moreFields }: ResultRow): string {
  return describeFields({ fields, more: moreFields });
}

/** Eighty columns hold an id and a short code: what may be longer has a line of its own. */
export function asTable({ changes, emails }: ResultColumns): ResultFormat {
  const toLine = (line: string, outcome: string, identity: string, rest = '') =>
    `${besideOutcome(line, outcome)}${outcome.padEnd(OUTCOME)}  ${identity.padEnd(36)}  ${rest}`.trimEnd();
  return {
    begin: [toLine('line', 'outcome', 'identity', 'code, invitation')],
    row: (row) => {
      const { line, outcome, identityId, codes, invitation } = row;
      const place = line === undefined ? '' : formatNumber(line);
      const rest = [...codes, ...(invitation === 'none' ? [] : [invitation])].join(', ');
      const fits = rest.length <= MOST_BESIDE_ID;
      const further = [
        ...(fits || identityId === undefined ? [] : [rest]),
        ...(emails ? [row.email || (row.identifier ?? '')] : []),
        ...(changes ? [changesOf(row)] : []),
      ].filter((text) => text !== '');
      return [
        identityId === undefined
          ? toLine(place, outcome, rest)
          : toLine(place, outcome, identityId, fits ? rest : ''),
        ...further.map((text): Line => {
          return { text: `${' '.repeat(12)}${text}`, breaks: 'below-indent' };
        }),
      ];
    },
    end: () => [],
  };
}

const MOST_BESIDE_ID = 16;
const LINE = 10;
const OUTCOME = 12;

/** A longer outcome takes the room of the line before it. */
function besideOutcome(line: string, outcome: string): string {
  const longer = Math.max(0, outcome.length - OUTCOME);
  return `${line.padStart(LINE - longer)}  `;
}
