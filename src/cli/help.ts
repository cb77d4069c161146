/** What the help of each command has besides its arguments and options: examples, and what its exit statuses mean. */
import type { Command } from 'commander';

/** A command line to copy, and what it does. */
interface Example {
  line: string;
  does: string;
}

/** By command. Those of `convert` and `start` are the ones that a newcomer reads first. */
export const EXAMPLES: Record<string, Example[]> = {
  init: [{ line: 'init', does: 'asks, tries each answer, and keeps what .env has' }],
  doctor: [
    { line: 'doctor', does: 'every check, on this machine' },
    { line: 'doctor --mail-to you@example.com', does: 'and a test mail to yourself' },
  ],
  worker: [{ line: 'worker', does: 'run one with the settings of .env' }],
  retention: [
    { line: 'retention 90', does: 'purge each run 90 days after its end' },
    { line: 'retention off', does: 'purge none by itself' },
  ],
  template: [{ line: 'template > users.csv', does: 'a file to begin with' }],
  convert: [
    {
      line: 'convert --from auth0 users.json.gz -o users.csv',
      does: 'what start reads, and what of it was lost',
    },
  ],
  presets: [
    { line: 'presets', does: 'all products' },
    { line: 'presets okta > okta.json', does: 'a mapping file to change' },
  ],
  check: [
    { line: 'check users.csv', does: 'every invalid row, before anything is started' },
    { line: 'check users.csv --rejects wrong.csv', does: 'and the rows to correct' },
  ],
  'hash-test': [{ line: 'hash-test', does: 'asks for the password and its hash' }],
  start: [
    { line: 'start users.csv', does: 'validate the whole file, then import it' },
    { line: 'start users.csv --dry-run=live', does: 'say what each row would do, change nothing' },
    {
      line: 'start users.csv --canary-rows 20 --invitations hold',
      does: 'twenty users first, mails when you say so',
    },
    { line: 'start okta.csv --from okta --mode update', does: "another product's export" },
  ],
  watch: [
    { line: 'watch', does: 'the newest import' },
    { line: 'watch ID --json', does: 'a line of JSON for each change' },
  ],
  status: [{ line: 'status ID', does: 'where it stands, and what it waits for' }],
  retry: [
    { line: 'retry ID', does: 'after rejects.csv was corrected where it is' },
    { line: 'retry ID corrected.csv', does: 'a corrected copy of it' },
  ],
  schedule: [
    {
      line: "schedule exports/users.csv --cron '0 3 * * *' --missing deactivate",
      does: 'every night, as it is then; who is gone from it loses access',
    },
    { line: "schedule 'exports/users-*.csv' --cron '0 3 * * *'", does: 'the newest of these' },
    { line: 'schedule list', does: 'all of them, with their last and next import' },
    { line: 'schedule remove nightly-users', does: 'no further night' },
  ],
  pause: [{ line: 'pause ID', does: 'stop after what is in flight' }],
  resume: [{ line: 'resume ID', does: 'go on' }],
  approve: [{ line: 'approve ID', does: 'let the plan, or the rest of the rows, be imported' }],
  mode: [{ line: 'mode ID update', does: 'update existing users from the next chunk on' }],
  concurrency: [{ line: 'concurrency ID 1', does: 'spare a busy Kratos' }],
  'email-rate': [{ line: 'email-rate ID 600', does: 'ten mails a second' }],
  'release-invitations': [{ line: 'release-invitations ID', does: 'send the held mails' }],
  cancel: [{ line: 'cancel ID', does: 'stop; the same file goes on where it stopped' }],
  report: [
    { line: 'report', does: 'the newest import, all its runs together' },
    { line: 'report ID --out results', does: 'with its files, in a new folder' },
    { line: 'report ID --make', does: 'of one that was terminated' },
  ],
  runs: [
    { line: 'runs', does: 'the newest imports, and what to do next' },
    { line: 'runs ID', does: 'the runs, retries and undos of one' },
  ],
  results: [
    { line: 'results ID --outcome failed,invalid', does: 'the rows that were rejected, so far' },
    { line: 'results ID --changes --limit 20', does: 'which fields changed, of the first rows' },
  ],
  origin: [{ line: 'origin ada@example.com', does: 'which import created this user' }],
  undo: [{ line: 'undo ID', does: 'show what would be taken back, of all its runs, and ask' }],
  purge: [{ line: 'purge ID', does: 'remove the personal data that all its runs left' }],
  completion: [
    { line: 'completion bash >> ~/.bashrc', does: 'complete commands and options with Tab' },
  ],
};

export const STATUSES = [
  ['0', 'done'],
  ['1', 'done, but some rows failed; or validation failed; or it was cancelled'],
  ['2', 'wrong use'],
  ['3', 'a server could not be reached'],
  ['130', 'interrupted by Ctrl+C: an import goes on without the command'],
] as const;

/** Adds the examples, and the exit statuses, to the help of a program and of its commands. */
export function addHelp(program: Command): void {
  const name = program.name();
  program.addHelpText(
    'after',
    [
      '',
      'Examples:',
      ...renderExamples(name, [
        { line: 'check users.csv', does: 'is the file right?' },
        ...EXAMPLES['start']!.slice(0, 1),
        { line: 'status', does: 'where does the newest import stand?' },
        { line: 'report', does: 'what came of it, and what to do next' },
      ]),
      '',
      'Exit statuses:',
      ...STATUSES.map(([status, means]) => `  ${status.padEnd(4)} ${means}`),
      '',
      `${name} COMMAND --help tells more of a command.`,
    ].join('\n'),
  );
  for (const command of program.commands) {
    const examples = EXAMPLES[command.name()];
    if (!examples) continue;
    command.addHelpText('after', ['', 'Examples:', ...renderExamples(name, examples)].join('\n'));
  }
}

/** Each on two lines: the first can be copied as a whole. */
function renderExamples(name: string, examples: Example[]): string[] {
  return examples.flatMap(({ line, does }) => [`  ${name} ${line}`, `      ${does}`]);
}
