/** Invitations on their way as Markdown, for their workflow's current details in the Temporal UI. */
import type { InvitationsControl, InvitationsRequest } from '../contract/invitations.js';
import { number, time } from './details.js';
import type { Opening } from '../invitations/window.js';
import { isEmpty, type Queue } from '../invitations/queue.js';

interface Shown {
  request: InvitationsRequest;
  control: InvitationsControl;
  queue: Queue;
  opening?: Opening;
  inFlight: number;
}

/** @param now milliseconds since 1970 */
export function renderInvitationDetails(shown: Shown, now: number): string {
  const { request, queue, inFlight } = shown;
  const { sent, failed, none, kept } = queue.counts;
  const counts = [
    `sent **${number(sent)}**`,
    `failed **${number(failed)}**`,
    `not needed **${number(none)}**`,
    ...(kept > 0 ? [`account switched off **${number(kept)}**`] : []),
    ...(queue.later.length > 0 ? [`to be tried again **${number(queue.later.length)}**`] : []),
    `in flight **${inFlight}**`,
  ];
  return [
    `**${state(shown, now)}**`,
    `${number(sent + failed + none + kept)} of ${number(request.due)} invitations`,
    counts.join(' · '),
    `Steered by its import: send pause, resume, setEmailRate or releaseInvitations to \`${request.run.workflowId}\`.`,
    '\u00a0',
  ].join('\n\n');
}

function state({ control, queue, opening, inFlight }: Shown, now: number): string {
  if (isEmpty(queue) && inFlight === 0) return 'Done';
  if (control.held) return 'HELD until releaseInvitations';
  if (control.paused || queue.stopped) return 'PAUSED';
  if (queue.away) return 'Waiting for a server that does not take them';
  if (opening && opening.opensAt > now) {
    return `The window opens at ${time(new Date(opening.opensAt).toISOString())}`;
  }
  return `Sending, ${number(control.perMinute)} a minute at most`;
}
