import type { Report } from '../../../contract/report.js';
import { nextSteps } from '../../next-steps.js';
import { html, type Markup } from '../markup.js';
import { section } from '../section.js';

export function nextStepsSection(report: Report): Markup | undefined {
  const steps = nextSteps(report);
  if (steps.length === 0) return undefined;
  return section(
    'What can be done now',
    html`<ul>
      ${steps.map(({ what, command }) => html`<li>${what}: <code>${command}</code></li>`)}
    </ul>`,
  );
}
