import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function settingsSection({ settings }: Report): Markup | undefined {
  const { file: _, actor: __, invitations, columns, csv, ...others } = settings;
  const shown = [
    ...Object.entries(others),
    ...Object.entries(columns).map(([from, to]) => [`columns.${from}`, to] as const),
    ...Object.entries(csv).map(([key, value]) => [`csv.${key}`, value] as const),
    ...Object.entries(invitations).map(([key, value]) => [`invitations.${key}`, value] as const),
  ].map(
    ([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return section(
    'Settings at the start',
    html`<table>
      <tbody>
        ${shown.map(
          ([key, value]) =>
            html` <tr>
              <th scope="row" class="word"><code>${name(key)}</code></th>
              <td>${name(value)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}
