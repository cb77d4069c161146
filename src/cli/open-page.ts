import { spawn } from 'node:child_process';

/** The program and arguments that open a page on this desktop; undefined without a desktop. */
export function openerOf(
  page: string,
  platform: NodeJS.Platform,
  env: Record<string, string | undefined>,
): [program: string, args: string[]] | undefined {
  // Over SSH it would open on a screen that the operator does not see.
  if (env['SSH_CONNECTION']) return undefined;
  if (platform === 'darwin') return ['open', [page]];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open', [page]] : undefined;
}

/** Opens a page where there is a desktop. Its path is on the terminal in any case. */
export function openPage(page: string, isTerminal: boolean | undefined): void {
  const opener = isTerminal ? openerOf(page, process.platform, process.env) : undefined;
  if (!opener) return;
  const [program, args] = opener;
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined); // No such program: the operator can open the path by hand.
  child.unref();
}
