import { spawn } from 'node:child_process';

/** The program and arguments that open a page on this desktop; undefined where nobody sits at one. */
export function openerOf(
  page: string,
  platform: NodeJS.Platform,
  env: Record<string, string | undefined>,
): [program: string, args: string[]] | undefined {
  // From afar it would open on a screen that nobody looks at.
  if (env['SSH_CONNECTION']) return undefined;
  if (platform === 'darwin') return ['open', [page]];
  // The first pair of quotes is the title that `start` takes.
  if (platform === 'win32') return ['cmd', ['/c', 'start', '', page]];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open', [page]] : undefined;
}

/** Opens it where there is a browser to open it in. Its path stands on the terminal in any case. */
export function openPage(page: string, isTerminal: boolean | undefined): void {
  const opener = isTerminal ? openerOf(page, process.platform, process.env) : undefined;
  if (!opener) return;
  const [program, args] = opener;
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined); // No such program: the path is there to be opened by hand.
  child.unref();
}
