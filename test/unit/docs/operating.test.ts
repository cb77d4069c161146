import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  FILE_CODES,
  IMPORT_CODES,
  LEFT_ALONE_CODES,
  ROW_CODES,
  WARNING_CODES,
} from '../../../src/contract/codes.js';
import { FATAL, RETRYABLE } from '../../../src/contract/failures.js';
import { APPROVALS, HELD_INVITATIONS } from '../../../src/contract/status.js';
import { describeSignIns } from '../../../src/contract/import/sign-ins.js';
import { sentencesIn, textsGivenTo } from '../../support/source-texts.js';

/** The sentences of these files reach the operator as notices, alone or before what is done about them. */
const SPEAKERS = [
  'activities/failures.ts',
  'activities/attempt.ts',
  'src/audit/postgres-errors.ts',
  'src/passwords/hashing-error.ts',
  'src/kratos/ory-errors.ts',
  'src/kratos/with-retries.ts',
  'src/invitations/mail/smtp-errors.ts',
  'src/invitations/mail/smtp-threaded-lines.ts',
  'src/invitations/mail/oauth2-token.ts',
  'src/invitations/queue.ts',
];

const guide = readFileSync('docs/operating.md', 'utf8').replaceAll(/\s+/g, ' ');
const codesPage = readFileSync('docs/codes.md', 'utf8');

const notices = [
  ...readdirSync('workflows', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => textsGivenTo(`workflows/${name}`, ['addNotice', 'recordEvent', 'record'])),
  HELD_INVITATIONS,
  ...Object.values(APPROVALS).map((ask) =>
    ask({
      ...{ canaryRows: 7, existing: '', knownUsers: '', sha256: '…' },
      ...{ adoptable: 7, leavers: '…' },
    }).replace('7', '…'),
  ),
  ...[
    { total: 7, wrong: [], others: [], leftOpen: [] },
    { total: 7, wrong: [7], others: [7], leftOpen: [7] },
    { problem: '…' },
  ].map((trial) => describeSignIns(trial).replaceAll(/\d/g, '…')),
];

describe('the operating guide', () => {
  it('finds the notices in the code', () => {
    expect(notices.length).toBeGreaterThan(20);
    for (const file of SPEAKERS) expect(sentencesIn(file)).not.toEqual([]);
  });

  it.each([...new Set([...notices, ...SPEAKERS.flatMap(sentencesIn)])])('explains “%s”', (text) => {
    expect(guide.includes(text.trim())).toBe(true);
  });

  it.each([...Object.keys(FATAL), ...Object.keys(RETRYABLE), 'CommandRefused'])(
    'explains the failure %s',
    (type) => {
      expect(guide).toContain(`| \`${type}\``);
    },
  );
});

describe('the page of codes', () => {
  it.each([
    ...new Set([
      ...FILE_CODES,
      ...ROW_CODES,
      ...IMPORT_CODES,
      ...LEFT_ALONE_CODES,
      ...WARNING_CODES,
    ]),
  ])('explains %s', (code) => {
    expect(codesPage).toContain(`| \`${code}\``);
  });
});
