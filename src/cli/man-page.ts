/** The manual page user-import(1), made of the same commands as `--help`. */
import type { Argument, Command, Option } from 'commander';
import { EXAMPLES, STATUSES } from './help.js';

/** @returns text for `man`, in its macros */
export function renderManPage(program: Command, version: string): string {
  const name = program.name();
  const commands = program.commands.filter((command) => !isHidden(program, command));
  return [
    `.TH ${name.toUpperCase()} 1 "" "${text(version)}" "${text(name)}"`,
    '.SH NAME',
    `${text(name)} \\- ${text(program.description())}`,
    '.SH SYNOPSIS',
    `.B ${text(name)}`,
    '.I command',
    '[options] [arguments]',
    '.SH OPTIONS',
    ...program.options.flatMap(renderOption),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      ...renderCommand(name, command),
      ...command.commands.flatMap((part) => renderCommand(`${name} ${command.name()}`, part)),
    ]),
    '.SH EXIT STATUS',
    ...STATUSES.flatMap(([status, means]) => ['.TP', `.B ${status}`, text(means)]),
    '.SH ENVIRONMENT',
    'Settings come from the environment, or from .env in the current folder.',
    'docs/settings.md of the package explains them.',
    '',
  ].join('\n');
}

function isHidden(program: Command, command: Command): boolean {
  return !program.createHelp().visibleCommands(program).includes(command);
}

function renderCommand(program: string, command: Command): string[] {
  const args = command.usage().replace('[options]', '').trim();
  return [
    `.SS "${text(`${program} ${command.name()} ${args}`.trim())}"`,
    text(sentence(command.description())),
    ...command.registeredArguments.flatMap(renderArgument),
    ...command.options.flatMap(renderOption),
    ...(program.includes(' ') ? [] : (EXAMPLES[command.name()] ?? [])).flatMap(({ line, does }) => [
      '.PP',
      text(sentence(does)),
      '.PP',
      '.nf',
      '.RS 4',
      text(`${program} ${line}`),
      '.RE',
      '.fi',
    ]),
  ];
}

function renderArgument(argument: Argument): string[] {
  return ['.TP', `.I ${text(argument.name())}`, text(sentence(argument.description))];
}

function renderOption({ flags, description }: Option): string[] {
  return ['.TP', `.B "${text(flags)}"`, text(sentence(description))];
}

function sentence(words: string): string {
  const whole = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

function hex(sign: string): string {
  return sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}

/** What the formatter would obey is shown: backslashes, leading dots and quotes, and hyphens that are to be copied. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^(?=[.'])/, '\\&')
    .replaceAll(/[^\x20-\x7e]/gu, (sign) => `\\[u${hex(sign)}]`);
}
