/** The content of an invitation: the project's templates, or an operator's, filled in for one user. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { greetingName } from './greeting-name.js';
import type { Mail } from './mailer.js';
import { oneLine } from './one-line.js';
import { parseTemplate, TemplateError, type Template } from './template.js';

export interface InvitationValues {
  appName: string;
  firstName?: string | undefined;
  /** The page on which the user chooses a password, or enters the code. */
  link: string;
  code?: string | undefined;
  /** In words: `1 hour`. */
  expiresIn: string;
}

const FILES = {
  subject: 'invitation.subject.txt',
  text: 'invitation.txt',
  html: 'invitation.html',
} as const;

/** The names that templates use. */
type InvitationVariables = Record<
  'app_name' | 'first_name' | 'link' | 'code' | 'expires_in',
  string | null
>;

/** The parts of the mail. */
export type Templates = Record<keyof typeof FILES, Template<InvitationVariables>>;

const MOST_OF_A_SUBJECT = 200;

/** With and without the optional values. */
const EXAMPLES: InvitationValues[] = [
  { appName: 'Example', link: 'https://example.com/', expiresIn: '1 hour' },
  { appName: 'Example', link: 'https://example.com/', expiresIn: '1 hour', firstName: 'Alice' },
  { appName: 'Example', link: 'https://example.com/', expiresIn: '1 hour', code: '123456' },
];

/**
 * Reads the templates and tries each of them.
 *
 * @param folder the operator's own templates; a file that is missing in it is taken from the project's
 * @throws TemplateError that names everything that is wrong with them
 */
export function loadTemplates(folder?: string): Templates {
  if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TemplateError(`${folder}: is not a folder`);
  }
  const problems: string[] = [];
  const load = (name: string): Template<InvitationVariables> => {
    try {
      const { file, source } = read(name, folder);
      return parseTemplate(source, file, EXAMPLES.map(toVariables));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push(error.message);
      return () => '';
    }
  };
  const { subject, text, html } = FILES;
  const templates = { subject: load(subject), text: load(text), html: load(html) };
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  return templates;
}

/** @returns a mail in which each value is plain text: it adds no line, no header and no tag */
export function renderInvitation(
  templates: Templates,
  values: InvitationValues,
): Required<Pick<Mail, 'subject' | 'text' | 'html'>> {
  const variables = toVariables(values);
  return {
    subject: oneLine(templates.subject(variables), MOST_OF_A_SUBJECT),
    text: templates.text(variables),
    html: templates.html(variables),
  };
}

function toVariables(values: InvitationValues): InvitationVariables {
  const { appName, firstName = '', link, code = '', expiresIn } = values;
  return {
    app_name: oneLine(appName),
    first_name: greetingName(firstName) ?? null,
    link: oneLine(link),
    code: oneLine(code) || null,
    expires_in: oneLine(expiresIn),
  };
}

function read(name: string, folder: string | undefined): { file: string; source: string } {
  const file = path.join(folder ?? defaultFolder(), name);
  try {
    return { file, source: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && folder !== undefined) return read(name, undefined);
    throw new TemplateError(`${file}: cannot be read (${code})`);
  }
}

/** The project's `templates/`: this file runs from `src/` in tests and from `dist/src/` otherwise. */
function defaultFolder(): string {
  const folders = ['../../../templates', '../../../../templates'].map((folder) =>
    fileURLToPath(new URL(folder, import.meta.url)),
  );
  return folders.find((folder) => existsSync(folder)) ?? folders[0]!;
}
