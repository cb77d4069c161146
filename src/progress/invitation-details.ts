/** The progress of the invitations as Markdown, for their workflow's current details in the Temporal UI. */
import type { InvitationControl, InvitationsRequest } from '../contract/invitations.js';
import { formatNumber, formatTime } from '../format.js';
import type { Opening } from '../invitations/window.js';
import { isEmpty, learnedBelow, type Queue } from '../invitations/queue.js';

interface Shown {
  request: InvitationsRequest;
  control: InvitationControl;
  queue: Queue;
  opening?: Opening;
  inFlight: number;
}

/** @param now milliseconds since 1970 */
export function renderInvitationDetails(shown: Shown, now: number): string {
  const { request, queue, inFlight } = shown;
  const { sent, failed, none, kept } = queue.counts;
  const counts = [
    `sent **${formatNumber(sent)}**`,
    `failed **${formatNumber(failed)}**`,
    `not needed **${formatNumber(none)}**`,
    ...(kept > 0 ? [`inactive **${formatNumber(kept)}**`] : []),
    ...(queue.later.length > 0
      ? [`to be tried again **${formatNumber(queue.later.length)}**`]
      : []),
    `in flight **${inFlight}**`,
  ];
  return [
    `**${state(shown, now)}**`,
    `${formatNumber(sent + failed + none + kept)} of ${formatNumber(request.due)} invitations`,
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
  if (queue.rest && queue.rest.until > now) {
    const why = queue.rest.isQuota
      ? 'The quota at the mail server is used up'
      : 'The mail server takes none for a while';
    return `${why}; the next try is at ${formatTime(new Date(queue.rest.until).toISOString())}`;
  }
  if (opening && opening.opensAt > now) {
    return `The window opens at ${formatTime(new Date(opening.opensAt).toISOString())}`;
  }
  const { perMinute } = control;
  const learned = learnedBelow(queue, perMinute);
  return learned === undefined
    ? `Sending, ${formatNumber(perMinute)} a minute at most`
    : `Sending, about ${formatNumber(learned)} a minute, as the mail server takes them (asked: ${formatNumber(perMinute)})`;
}
