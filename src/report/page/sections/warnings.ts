import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function warningsSection({ warnings }: Report): Markup | undefined {
  if (warnings.length === 0) return undefined;
  return section(
    'Warnings',
    html`<ul>
      ${warnings.map((warning) => html`<li>${name(warning)}</li>`)}
    </ul>`,
  );
}
