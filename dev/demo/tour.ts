/** What the demo says: where to look while it imports, and what to look at afterwards, in which order. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { word } from '../../src/shell.js';
import type { Line } from '../../src/cli/terminal.js';
import { importsUrl } from '../../src/cli/link.js';
import { executionUrl, type Execution } from '../../src/temporal-ui.js';
import type { Stack } from '../servers/stack.js';
import { NAMESPACE } from './environment.js';

/** Where the import is. */
export interface Places {
  stack: Pick<Stack, 'temporalUiUrl' | 'inbox' | 'pagesUrl'>;
  run: Execution;
}

export interface Tour extends Places {
  /** The page of the report, if there is one. */
  report: string | undefined;
  /** The settings of the demo, for a shell. */
  environmentFile: string;
  /** Whether all of these users existed already. */
  isRepeated: boolean;
}

/** A line of its own for each address: it may be longer than the terminal is wide, and is clicked or copied whole. */
const address = (url: string): Line => `   ${url}`;

export function renderMeanwhile({ stack: { temporalUiUrl, inbox }, run }: Places): Line[] {
  return [
    ...(temporalUiUrl
      ? [
          'Its page in Temporal, with its progress under User Metadata:',
          address(executionUrl(temporalUiUrl, NAMESPACE, run)),
        ]
      : []),
    ...(inbox ? ['The inbox that all mails go to:', address(inbox.pageUrl)] : []),
    '',
  ];
}

export function renderTour(tour: Tour): Line[] {
  return [
    '',
    { tone: 'heading', text: 'Now look at' },
    ...stops(tour).flatMap(({ what, lines }, i) => ['', `${i + 1}. ${what}`, ...lines]),
    ...(tour.isRepeated ? renderRepeated(tour) : []),
  ];
}

interface Stop {
  what: string;
  lines: Line[];
}

function stops({ stack, run, report, environmentFile }: Tour): Stop[] {
  const { inbox, pagesUrl, temporalUiUrl } = stack;
  const found: (Stop | undefined | false)[] = [
    inbox && {
      what: pagesUrl
        ? 'The inbox: open the first mail and, as its user, choose a password.'
        : 'The inbox, with the mail of each user who has no password.',
      lines: [address(inbox.pageUrl)],
    },
    pagesUrl !== undefined && {
      what: 'The sign-in page: sign in with that password.',
      lines: [address(pagesUrl)],
    },
    report !== undefined && {
      what: 'The report, for whoever asks what came of it.',
      lines: [address(pathToFileURL(report).href)],
    },
    temporalUiUrl !== undefined && {
      what: 'Temporal: this import, and all imports without their chunks.',
      lines: [
        address(executionUrl(temporalUiUrl, NAMESPACE, run)),
        address(importsUrl(temporalUiUrl, NAMESPACE)),
      ],
    },
    {
      what: 'The commands, in another terminal: what was done, and taking it back.',
      lines: [
        address(`. ${word(fromHere(environmentFile))}`),
        address(`npx user-import report ${run.workflowId}`),
        address(`npx user-import undo ${run.workflowId}`),
      ],
    },
  ];
  return found.filter((stop) => typeof stop === 'object');
}

function renderRepeated({ environmentFile }: Tour): Line[] {
  const folder = word(fromHere(path.dirname(environmentFile)));
  return [
    '',
    {
      tone: 'attention',
      text: 'These users were there already, from an earlier demo: nobody was created.',
    },
    'To see them being imported, press Ctrl+C, and start without that data:',
    address(`rm -r ${folder} && npm run demo`),
  ];
}

/** As it is typed in this folder; a shell looks elsewhere for a name without a slash. */
function fromHere(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : `./${relative}`;
}
