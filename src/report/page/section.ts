/** Blocks that several sections use. */
import type { CodeCount } from '../../contract/findings.js';
import { formatNumber } from '../../format.js';
import { code, html, prose, type Markup, type Part } from './markup.js';

export function section(title: string, ...parts: Part[]): Markup {
  return html` <section>
    <h2>${title}</h2>
    ${parts}
  </section>`;
}

/**
 * Rows by code, with the first lines of each code and its remedy.
 * @param meaning in words; undefined where the code itself is all that is known
 */
export function codesTable(
  of: string,
  codes: Partial<Record<string, CodeCount>>,
  remedy: (code: string) => string,
  meaning: (code: string) => string | undefined = () => undefined,
): Markup {
  const found = (Object.entries(codes) as [string, CodeCount][]).sort(
    ([, a], [, b]) => b.count - a.count,
  );
  return html`<table class="stack">
    <thead>
      <tr>
        <th scope="col">${of}</th>
        <th scope="col" class="n">Rows</th>
        <th scope="col" class="lines">Lines of the file</th>
      </tr>
    </thead>
    <tbody>
      ${found.map(
        ([each, count]) =>
          html` <tr>
            <th scope="row">
              ${describeCode(each, meaning(each))}<span class="more">${prose(remedy(each))}</span>
            </th>
            <td class="n" data-what="Rows:">${formatNumber(count.count)}</td>
            <td data-what="Lines:">${linesOf(count)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function describeCode(each: string, meaning: string | undefined): Part {
  return meaning === undefined ? code(each) : html`${meaning} ${code(each)}`;
}

/** Users by what has become of them, with the first lines of each. */
export function usersTable(of: string, rows: readonly [what: Part, found: CodeCount][]): Markup {
  return html`<table class="stack">
    <thead>
      <tr>
        <th scope="col">${of}</th>
        <th scope="col" class="n">Users</th>
        <th scope="col" class="lines">Lines of the file</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([what, found]) =>
          html` <tr>
            <th scope="row">${what}</th>
            <td class="n" data-what="Users:">${formatNumber(found.count)}</td>
            <td data-what="Lines:">${linesOf(found)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** `4, 9, 17 and 120 more`; nothing of users who are in no line. */
function linesOf({ count, lines }: CodeCount): string {
  if (lines.length === 0) return '';
  const more = count > lines.length ? ` and ${formatNumber(count - lines.length)} more` : '';
  return `${lines.join(', ')}${more}`;
}

/** Counts in large figures. */
export function numbers(counts: [what: string, count: number][]): Markup {
  return list(
    'numbers',
    counts.map(([what, count]) => [what, formatNumber(count)]),
  );
}

export function facts(pairs: [what: string, value: Part][]): Markup {
  return list('facts', pairs);
}

function list(style: string, pairs: [what: string, value: Part][]): Markup {
  return html`<dl class="${style}">
    ${pairs.map(
      ([what, value]) =>
        html`<div>
          <dt>${what}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
