import type { Report } from '../../../contract/report.js';
import { nextSteps, type NextStep } from '../../next-steps.js';
import { command, html, type Markup } from '../markup.js';
import { section } from '../section.js';

/** What takes back or removes: possible after every import, and nothing that the result asks for. */
const POSSIBLE = /^user-import (undo|purge) /;

export function nextStepsSection(report: Report): Markup | undefined {
  const steps = nextSteps(report);
  const [possible, wanted] = [true, false].map((is) =>
    steps.filter((step) => POSSIBLE.test(step.command) === is),
  ) as [NextStep[], NextStep[]];
  return section(
    'What to do now',
    wanted.length > 0
      ? html`<ol class="steps">
          ${wanted.map(stepItem)}
        </ol>`
      : html`<p>Nothing has to be done.</p>`,
    possible.length > 0 &&
      html`<h3>Possible, if wanted</h3>
        <ul class="steps">
          ${possible.map(stepItem)}
        </ul>`,
  );
}

function stepItem({ what, command: text }: NextStep): Markup {
  return html`<li>
    <p>${what}.</p>
    ${command(text)}
  </li>`;
}
