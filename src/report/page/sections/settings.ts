import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function settingsSection({ settings }: Report): Markup | undefined {
  const { file: _, actor: __, invitations, columns, values, defaults, csv, ...others } = settings;
  const shown = [
    ...Object.entries(others),
    ...Object.entries({ columns, values, defaults, csv, invitations }).flatMap(([key, part]) =>
      Object.entries(part).map(([name, value]) => [`${key}.${name}`, value as unknown] as const),
    ),
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
