import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';
import { settingsInWords } from '../settings-in-words.js';

/** More entries of a map of columns or values are in report.json. */
const MOST_TEXTS = 50;

export function settingsSection({ settings }: Report): Markup {
  return section(
    'Settings at the start',
    html`<table class="stack settings">
      <tbody>
        ${settingsInWords(settings).map(
          ({ about, texts }) =>
            html` <tr>
              <th scope="row">${about}</th>
              <td>
                ${texts.slice(0, MOST_TEXTS).map((text) => html`<p class="tight">${name(text)}</p>`)}
                ${texts.length > MOST_TEXTS && html`<p class="tight">All ${texts.length} are in report.json.</p>`}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}
