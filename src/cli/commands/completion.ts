import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'];

/** Adds `completion <shell>`, and the hidden command that its scripts call. After all other commands. */
export function addCompletionCommand(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  const completion = program.commands.find((command) => command.name() === 'completion')!;
  completion
    .summary('complete commands and options with Tab')
    .description('print the script that lets a shell complete commands and options with Tab');
  const [shell] = completion.registeredArguments;
  shell!.choices(SHELLS).description = 'the shell';
}
