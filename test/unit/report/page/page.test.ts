import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderPage } from '../../../../src/report/page/page.js';
import { toAttempt } from '../../../../src/report/attempts.js';
import type { Report } from '../../../../src/contract/report.js';
import { inputOf } from '../../../support/planned-run.js';
import { after, reportOf, rowsOf } from '../../../support/reports.js';
import { findChromium, NO_CHROMIUM } from '../../../support/temporal-ui.js';

const EVIL = `"'></title></style></bdi><script>alert(1)</script><img src=x onerror=alert(1)><b>`;

const NIGHT = {
  ...{ new: 1, changed: 1, unchanged: 1, left: 1, returned: 1, drifted: 1, adopted: 1, failed: 1 },
};

/** Every value from outside is hostile. */
function hostile(): Report {
  const plain = reportOf();
  const count = { count: 3, lines: [1, 2] };
  const invitations = { due: 1, sent: 1, failed: 1 };
  const attempt = { run: plain.run, ending: 'done', startedAt: EVIL, finishedAt: EVIL } as const;
  return {
    ...plain,
    run: { workflowId: EVIL, runId: EVIL },
    settings: {
      ...inputOf({ actor: EVIL, file: EVIL, columns: { [EVIL]: EVIL }, roles: [EVIL] }),
      schemaId: EVIL,
    },
    invitations: { due: 1, sent: 1, failed: 3, failures: { [EVIL]: count } },
    errors: { [EVIL]: count },
    wrongColumns: [
      { column: EVIL, meant: [{ value: EVIL, rows: 1, spellings: 1 }], unlike: 1, isMore: true },
    ],
    roles: { [EVIL]: 3 },
    tenants: { distinct: 1, rows: { [EVIL]: 3 } },
    sample: [{ line: 2, identityId: EVIL, fields: [{ path: EVIL, from: EVIL, to: EVIL }] }],
    roleChanges: [{ from: EVIL, to: EVIL, ...count }],
    warnings: [EVIL],
    fileError: { code: 'empty_file', message: EVIL },
    failure: EVIL,
    timeline: [{ at: EVIL, by: 'operator', text: EVIL }],
    attempts: [{ ...attempt, rows: plain.rows, file: EVIL, actor: EVIL, invitations }],
    retryOf: { workflowId: EVIL, runId: EVIL },
    unchangedSince: { workflowId: EVIL, runId: EVIL },
    notes: { [EVIL]: count } as Report['notes'],
    comparison: {
      ...{ ...NIGHT, source: EVIL, scope: 1 },
      last: { run: { workflowId: EVIL, runId: EVIL }, startedAt: EVIL, counts: NIGHT, rows: 1 },
    },
    trend: [1, 2, 3, 4].map(() => ({ startedAt: EVIL, rows: 1, scope: 1, counts: NIGHT })),
    combined: { ...plain.rows, dropped: 1, added: 2, invitations },
    undone: {
      ...{ at: EVIL, actor: EVIL, workflowId: EVIL, forced: true },
      ...{ deleted: 1, restored: 1, already_deleted: 1, mailed: 1, not_reached: 1 },
      kept: { [EVIL]: count },
    },
    purgedAt: EVIL,
    temporalUrl: EVIL,
    files: [EVIL],
  };
}

describe('the page of a report', () => {
  it('is the same, byte for byte, when it is made again', () => {
    expect(renderPage(reportOf())).toBe(renderPage(reportOf()));
  });

  it('has two sizes of each chart, and no id', () => {
    const page = renderPage(reportOf());
    expect(page.match(/<svg aria-hidden="true" /g)).toHaveLength(4);
    expect(page).not.toContain(' id=');
  });

  it('adds up the attempts of a retry, and says what a corrected copy left out or brought along', () => {
    const { rows, run, ending, startedAt, finishedAt, settings, invitations } = reportOf();
    const { file, actor } = settings;
    const combined = {
      ...rowsOf({ total: 10_002, created: 9_999, failed: 2 }),
      dropped: 1,
      added: 2,
      invitations,
    };
    const attempts = [{ run, ending, startedAt, finishedAt, rows, file, actor, invitations }];
    const page = renderPage(reportOf({ attempts, combined }));
    expect(page).toContain('10,002');
    expect(page).toContain('Left out of a corrected copy: 1. Added in a corrected copy: 2.');
  });

  it('says what happened, then what to do now, then the rest', () => {
    const titles = [...renderPage(reportOf()).matchAll(/<h([12])>([^<]*)</g)].map(
      ([, , text]) => text,
    );
    expect(titles.slice(0, 4)).toEqual([
      ...['9,612 users created', 'What to do now'],
      ...['Roles and rights that have changed', 'Rejected rows'],
    ]);
  });

  it('has the changes of roles and rights at its top', () => {
    const otherChanges = { activated: { count: 1, lines: [2] } };
    const [top] = renderPage(reportOf({ otherChanges })).split('<main>');
    expect(top).toContain('role user to admin: 2; blocked users made active: 1');
  });

  it('says at its top that the import was undone', () => {
    const undone = {
      ...{ at: after(7200), actor: 'bob', workflowId: 'import-1-undo', forced: false },
      ...{ deleted: 9_600, restored: 0, already_deleted: 0, mailed: 0, not_reached: 0 },
      kept: { logged_in: { count: 12, lines: [2] } },
    };
    const [top] = renderPage(reportOf({ undone })).split('<main>');
    expect(top!.replace(/\s+/g, ' ')).toContain(
      '<strong>Undone</strong> by <bdi>bob</bdi>, 2 Nov 2026, 11:00:00 UTC',
    );
    expect(top).not.toContain('Not undone');
    const attempts = [toAttempt(reportOf())];
    expect(renderPage(reportOf({ undone, attempts }))).toContain('Not undone: 1 of the runs');
  });

  it('names each run of the import, and those of another file that are not in the sum', () => {
    const first = toAttempt(
      reportOf({
        ending: 'cancelled',
        rows: rowsOf({ total: 200, created: 140, unprocessed: 60 }),
      }),
    );
    const { ending: _, finishedAt: __, ...terminated } = first;
    const page = renderPage(
      reportOf({
        rows: rowsOf({ total: 200, created: 60, skipped: 140 }),
        attempts: [first],
        combined: {
          ...rowsOf({ total: 200, created: 200 }),
          ...{ dropped: 0, added: 0, invitations: { due: 0, sent: 7, failed: 0 } },
        },
        otherFiles: [{ ...terminated, file: 'staff.csv' }],
      }),
    );
    expect(page).toContain('<h1>200 users created</h1>');
    const [, runs, others] = page.split(/<h2>(?:Runs of this import|Other files under the same)/);
    expect(runs).toMatch(/Run 1.*Cancelled.*140.*Run 2 \(latest\).*Done.*60/s);
    expect(others).toMatch(/staff\.csv.*Ended without a report/s);
    expect(page).toContain('<h2>Invitations, in the latest run</h2>');
  });

  it('says in words why an undo kept users, and in the table of runs how many', () => {
    const { attempts: _, ...report } = reportOf({ rows: rowsOf({ total: 9, created: 9 }) });
    const undone = {
      ...{ at: '2026-11-02T11:00:00.000Z', actor: 'bob', workflowId: 'undo-1', forced: false },
      ...{ deleted: 7, restored: 0, already_deleted: 0, mailed: 0, not_reached: 0 },
      kept: { logged_in: { count: 2, lines: [3, 4] } },
    };
    const page = renderPage({ ...report, undone, attempts: [toAttempt(report)] });
    expect(page).toMatch(/The user has signed in <code>.*logged_in/);
    expect(page).toMatch(/7 deleted, 2 kept/);
  });

  it('names the file as the admin does; its copy is among the details', () => {
    const settings = inputOf({ file: 'people-5a1f963d6106.csv' });
    const sha256 = `5a1f963d6106${'0'.repeat(52)}`;
    const [top, rest] = renderPage(reportOf({ settings, sha256 })).split('<main>');
    expect(top).toContain('<bdi>people.csv</bdi>');
    expect(top).not.toContain('people-5a1f963d6106.csv');
    expect(rest).toContain('people-5a1f963d6106.csv');
  });

  it('links to Temporal’s UI, and to nothing but a web page', () => {
    const temporalUrl = 'https://temporal.example.org/namespaces/default/workflows/import-1';
    expect(renderPage(reportOf({ temporalUrl }))).toContain(`<a href="${temporalUrl}"`);
    expect(renderPage(reportOf({ temporalUrl: 'javascript:alert(1)' }))).not.toContain('<a ');
  });

  it('shows some of the changed users, and the tenants where the worker knows them', () => {
    const fields = [{ path: 'traits.role', from: 'user', to: 'admin' }, { path: 'traits.name' }];
    const sample = [{ line: 17, identityId: 'an-id', fields }];
    const page = renderPage(reportOf({ sample, tenants: { distinct: 2, rows: { t1: 7, t2: 3 } } }));
    expect(page).toContain('traits.role user -&#62; admin, traits.name');
    expect(page).toContain('2 tenants:');
    expect(renderPage(reportOf({ tenants: { distinct: 3, rows: { t1: 7, t2: 3 } } }))).toContain(
      '3 tenants; the most frequent:',
    );
    expect(renderPage(reportOf({ tenants: { distinct: 3 } }))).toContain(
      '3 tenants, which the worker does not know by name.',
    );
  });

  it('breaks no word but those that fit into no line', () => {
    const roles = { administrator: 3, ['x'.repeat(40)]: 1 };
    const page = renderPage(reportOf({ roles }));
    expect(page).toContain('<bdi>administrator</bdi>');
    expect(page).toContain('<bdi><span class="long">xx');
  });

  it('has no chart of too few points', () => {
    const one = {
      rows: [{ at: after(1), done: 5 }],
      mails: [{ at: after(9), sent: 1, failed: 0 }],
    };
    expect(renderPage(reportOf({ history: one }))).not.toContain('<figure');
  });

  const endings: Record<string, [Partial<Report>, string]> = {
    'a dry run of the file': [
      {
        ending: 'dry-run',
        settings: inputOf({ dryRun: 'file' }),
        rows: rowsOf({ total: 1200, unprocessed: 1200 }),
      },
      'All 1,200 rows are valid',
    ],
    'a live dry run': [
      {
        ending: 'dry-run',
        settings: inputOf({ dryRun: 'live' }),
        rows: rowsOf({ total: 9, would_create: 7, would_skip: 2 }),
      },
      '7 users would be created',
    ],
    'a failed validation': [
      { ending: 'validation-failed', rows: rowsOf({ total: 10, invalid: 1, unprocessed: 9 }) },
      'Nobody was imported: 1 of 10 rows is not valid',
    ],
    'an error of the file': [
      {
        ending: 'validation-failed',
        rows: rowsOf({}),
        fileError: { code: 'empty_file', message: 'empty_file: no rows.' },
      },
      'Nobody was imported: the file cannot be used',
    ],
    'a cancelled run': [
      { ending: 'cancelled', rows: rowsOf({ total: 10, created: 4, unprocessed: 6 }) },
      '4 users created',
    ],
    'an update': [
      {
        rows: rowsOf({ total: 9, updated: 5, left_alone: 4 }),
        roleChanges: [{ from: 'user', to: 'admin', count: 3, lines: [2, 3, 4] }],
        otherChanges: { activated: { count: 1, lines: [2] } },
      },
      '5 users updated; 4 users left alone',
    ],
    'a live dry run of an update': [
      {
        ending: 'dry-run',
        settings: inputOf({ dryRun: 'live', mode: 'update' }),
        rows: rowsOf({ total: 9, would_create: 1, would_update: 7, left_alone: 1 }),
        roleChanges: [{ from: '(none)', to: 'admin', count: 1, lines: [2] }],
      },
      '1 user would be created, 7 updated; 1 user left alone',
    ],
    'an update that left all alone': [
      { rows: rowsOf({ total: 2, left_alone: 2 }) },
      'No new user was imported; 2 users left alone',
    ],
    'a file that was imported before': [
      { rows: rowsOf({ total: 10, skipped: 10 }) },
      'All users in the file existed already',
    ],
  };
  it.each(Object.entries(endings))('has the result of %s as its title', (_of, [keys, title]) => {
    const page = renderPage(reportOf({ roleChanges: [], ...keys }));
    expect(page).toContain(`<h1>${title}</h1>`);
  });
});

const chromiumPath = await findChromium();

describe.skipIf(chromiumPath === undefined)(`in a browser (${chromiumPath ?? NO_CHROMIUM})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath!, chromiumSandbox: false });
  });
  afterAll(() => browser.close());

  /** The content of a page, and what the page tried to do. */
  async function open(html: string, width = 1280) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const tried: string[] = [];
    page.on('dialog', (dialog) => {
      tried.push('dialog');
      void dialog.dismiss();
    });
    page.on('request', (request) => tried.push(request.url()));
    page.on('console', (message) => tried.push(message.text()));
    await page.setContent(html);
    const count = (selector: string) => page.locator(selector).count();
    const seen = {
      tried,
      active: await count('script,img,iframe,object,embed,link,base,form,a'),
      bold: await count('b'),
      handlers: await page.evaluate<number>(
        `[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter((a) => a.name.startsWith('on')).length`,
      ),
      text: (await page.locator('body').textContent()) ?? '',
      overflow: await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
    };
    await page.close();
    return seen;
  }

  it('runs nothing, loads nothing and keeps its markup, whatever the names are', async () => {
    const { text, ...seen } = await open(renderPage(hostile()));
    expect(seen).toMatchObject({ tried: [], active: 0, bold: 0, handlers: 0 });
    expect(text.split(EVIL).length).toBeGreaterThan(15);
  });

  it('would not run a script even if one got into it', async () => {
    const page = renderPage(reportOf()).replace('<main>', '<main><script>alert(1)</script>');
    const { tried } = await open(page);
    expect(tried.filter((what) => what === 'dialog')).toEqual([]);
    expect(tried.join()).toContain('Content Security Policy');
  });

  it.each([360, 1280])('fits into a width of %i', async (width) => {
    expect((await open(renderPage(reportOf()), width)).overflow).toBe(0);
  });
});
