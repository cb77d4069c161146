/** The pictures of a walk-through: a file each, and a page that shows them in their order. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { html } from '../../src/report/page/markup.js';
import { terminalPage } from './ansi.js';
import { COLUMNS } from './terminal-session.js';

export class Gallery {
  private readonly names: string[] = [];

  private constructor(
    private readonly folder: string,
    /** A page of its own, on which terminals are drawn. */
    private readonly easel: Page,
  ) {}

  /** @param folder made when missing; a temporary one when absent */
  static async create(folder: string | undefined, browser: Browser): Promise<Gallery> {
    const into = folder || (await mkdtemp(path.join(tmpdir(), 'walk-through-')));
    await mkdir(into, { recursive: true });
    return new Gallery(path.resolve(into), await browser.newPage());
  }

  get index(): string {
    return path.join(this.folder, 'index.html');
  }

  /**
   * Pictures a terminal; its text lies beside the picture.
   * @param ansi what it shows, with its colours
   */
  async terminal(name: string, ansi: string): Promise<void> {
    const file = this.next(name);
    await writeFile(`${file}.txt`, `${stripVTControlCharacters(ansi)}\n`);
    await this.easel.setContent(terminalPage(ansi, COLUMNS));
    await this.easel.locator('pre').screenshot({ path: `${file}.png` });
  }

  /** Pictures a page as it is; all of it, and not only what is in sight, with `isWhole`. */
  async page(name: string, page: Page, { isWhole = false } = {}): Promise<void> {
    await page.screenshot({
      path: `${this.next(name)}.png`,
      animations: 'disabled',
      fullPage: isWhole,
    });
  }

  async close(): Promise<void> {
    const figures = this.names.map(
      (name) =>
        html`<h2>${name}</h2>
          <img src="${encodeURIComponent(name)}.png" />`,
    );
    const page = html`<!doctype html>
      <meta charset="utf-8" />
      <title>Walk-through</title>
      <style>
        body {
          font: 15px system-ui;
          margin: 24px;
        }
        img {
          max-width: 100%;
          border: 1px solid #ccc;
        }
      </style>
      ${figures}`;
    await writeFile(this.index, page.html);
  }

  /** @returns the file without its ending */
  private next(name: string): string {
    const numbered = `${String(this.names.length + 1).padStart(3, '0')} ${name}`.replaceAll(
      ' ',
      '-',
    );
    this.names.push(numbered);
    return path.join(this.folder, numbered);
  }
}
