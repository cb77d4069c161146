// The table of the invitations for docs/performance.md.
import { formatNumber } from '../../dist/src/format.js';
import { LOOP, OWN } from './labels.mjs';
import { median } from './stats.mjs';

/** @typedef {import('./mails.mjs').Sample} Sample */

/**
 * @param {any} part
 * @param {(head: string[], lines: (string | number)[][]) => string} table
 */
export function renderMails({ measuredAt, machine, result }, table) {
  /** @type {{samples: Sample[]} & Record<string, any>} */
  const { samples, mails, stubMails, rounds, best, sweep } = result;
  const lines = [];
  for (const against of new Set(samples.map((sample) => sample.against))) {
    const of = (/** @type {string} */ who) =>
      samples
        .filter((sample) => sample.against === against && sample.who === who)
        .sort((a, b) => a.round - b.round);
    const [own, loop] = [of(OWN), of(LOOP)];
    const ratios = own.map((sample, i) => sample.mailsPerSecond / (loop[i]?.mailsPerSecond ?? NaN));
    for (const [who, of] of /** @type {[string, Sample[]][]} */ ([
      [OWN, own],
      [LOOP, loop],
    ])) {
      const middle = (/** @type {(sample: Sample) => number} */ value) => median(of.map(value));
      const cpu = (/** @type {string} */ name) =>
        middle((sample) => sample.cpu[name] ?? 0).toFixed(2);
      const each = of.map(({ mailsPerSecond }) => mailsPerSecond.toFixed(0)).join(', ');
      lines.push([
        ...[against, who, middle(({ mailsPerSecond }) => mailsPerSecond).toFixed(0), each],
        who === OWN ? median(ratios).toFixed(2) : '–',
        who === OWN ? middle(({ eventsAMail = NaN }) => eventsAMail).toFixed(3) : '–',
        cpu(who === OWN ? 'worker' : 'the loop itself'),
        ...['kratos', 'postgres', 'temporal'].map(cpu),
        `${(middle(({ idle }) => idle) * 100).toFixed(0)} %`,
      ]);
    }
  }
  const how = `Measured ${measuredAt.slice(0, 10)} on ${machine}; ${rounds} rounds in turns of ${formatNumber(mails)} mails, ${formatNumber(stubMails)} against the stub, at 60,000 a minute; the bare loop: ${best.atOnce} at once, the fastest of ${sweep.length} ways. Processor time in milliseconds a mail.`;
  const head = [
    ...['against', 'who', 'mails/s', 'single rounds', 'to bare loop', 'history events a mail'],
    ...['itself', 'Kratos', 'Postgres', 'Temporal', 'processor idle'],
  ];
  return `${how}\n\n${table(head, lines)}`;
}
