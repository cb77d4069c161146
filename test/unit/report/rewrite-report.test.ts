import { beforeEach, describe, expect, it } from 'vitest';
import { renderPage } from '../../../src/report/page/page.js';
import { rewriteReport } from '../../../src/report/rewrite-report.js';
import { saveReport } from '../../../src/report/save-report.js';
import { readReport, readStoredReport } from '../../../src/store/report-file.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { VersionChanged } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN } from '../../support/planned-run.js';
import { reportOf } from '../../support/reports.js';
import { textOf } from '../../support/stored.js';

const AT = '2026-12-02T10:00:00.000Z';

let store: MemoryStore;
let folder: RunLayout;
beforeEach(() => {
  store = new MemoryStore();
  folder = new RunLayout(store, RUN);
});

const purge = () => rewriteReport(folder, (report) => ({ ...report, purgedAt: AT }));
const warn = (text: string) =>
  rewriteReport(folder, (report) => ({ ...report, warnings: [...report.warnings, text] }));

/** The page says what report.json says. */
async function expectSamePage(): Promise<void> {
  const report = (await readReport(folder))!;
  expect(await textOf(folder, folder.page)).toBe(renderPage(report));
}

describe('a report that is written anew', () => {
  it('is written where a run has left one, and else not', async () => {
    expect(await purge()).toBeUndefined();
    await saveReport(folder, reportOf(), undefined);
    expect(await purge()).toMatchObject({ purgedAt: AT });
    await expectSamePage();
  });

  it('has what each of several wrote who changed it at once', async () => {
    await saveReport(folder, reportOf({ warnings: [] }), undefined);
    await Promise.all([purge(), warn('one'), warn('two'), warn('three')]);
    const report = (await readReport(folder))!;
    expect(report.purgedAt).toBe(AT);
    expect(report.warnings.toSorted()).toEqual(['one', 'three', 'two']);
    await expectSamePage();
  });

  it('has the page of report.json also where the page of an older one came late', async () => {
    await saveReport(folder, reportOf(), undefined);
    const replace = store.replace.bind(store);
    store.replace = async (key, content, options) => {
      if (key !== folder.page) return replace(key, content, options);
      store.replace = replace;
      // Another one changes the report and writes its page first.
      await purge();
      return replace(key, content, options);
    };
    await warn('slow');
    await expectSamePage();
    expect(await readReport(folder)).toMatchObject({ purgedAt: AT });
  });

  it('is not undone by an attempt at the report that had begun before', async () => {
    const earlier = (await readStoredReport(folder))?.version;
    await saveReport(folder, reportOf(), undefined);
    await purge();
    await expect(saveReport(folder, reportOf(), earlier)).rejects.toThrow(VersionChanged);
    expect(await readReport(folder)).toMatchObject({ purgedAt: AT });
    await expectSamePage();
  });

  it('is written although the answer to its writing was lost', async () => {
    const create = store.create.bind(store);
    store.create = async (key, content) => (await create(key, content)) && false;
    await saveReport(folder, reportOf(), undefined);
    await expectSamePage();
    const replace = store.replace.bind(store);
    store.replace = async (key, content, options) => {
      await replace(key, content, options);
      if (options?.ifVersion !== undefined) throw new VersionChanged(key);
    };
    expect(await purge()).toMatchObject({ purgedAt: AT });
    await expectSamePage();
  });
});
