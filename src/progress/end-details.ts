/** What Temporal's UI shows of a run that has ended, as Markdown: what came of it, where its files are, what can be done next. */
import { shortText, withoutLinks } from './short-text.js';

export interface RunEnd {
  /** What came of it, as a sentence. */
  title: string;
  /** Why it failed. */
  failure?: string | undefined;
  /** Folders, as the worker that wrote the report knows them, and the files there for people. */
  left?: readonly { folder: string; files: readonly string[] }[] | undefined;
  /** What may be done now, each with the command. */
  steps: readonly { what: string; command: string }[];
}

/** What follows the title. */
export function renderEnd({ failure, left = [], steps }: RunEnd): string[] {
  return [
    ...(failure === undefined ? [] : [withoutLinks(shortText(failure, MOST_OF_FAILURE))]),
    ...left
      .slice(0, MOST_FOLDERS)
      .map(({ folder, files }) => `In \`${folder}\` of the workers: ${files.join(', ')}.`),
    ...(steps.length > 0 ? [renderCommands(steps)] : []),
  ];
}

const MOST_OF_FAILURE = 2_000;
const MOST_FOLDERS = 5;

/** Commands to copy, ready for a shell. */
export function renderCommands(steps: RunEnd['steps']): string {
  const lines = steps.map(({ what, command }) => `- ${what}: \`${command}\``);
  return ['From a shell:', '', ...lines].join('\n');
}
