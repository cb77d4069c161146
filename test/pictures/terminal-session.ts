/** A terminal of 80 columns and 24 lines, into which a script types as a person would. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quoted } from '../../src/shell.js';
import { setTimeout as sleep } from 'node:timers/promises';

const run = promisify(execFile);

export const COLUMNS = 80;
const LINES = 24;
/** What the shell waits behind. */
const PROMPT = '$';
/** With the lines that have left the screen. */
const ALL = ['-S', '-'];
const LONGEST_WAIT_MS = 120_000;

export class TerminalSession {
  private constructor(
    /** A tmux server of its own: nothing of the person's is in it. */
    private readonly server: string,
  ) {}

  static async open(
    name: string,
    folder: string,
    environment: Record<string, string>,
  ): Promise<TerminalSession> {
    const session = new TerminalSession(`${name}-${process.pid}`);
    const all = { ...environment, LANG: 'C.UTF-8', PS1: `${PROMPT} ` };
    const settings = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    const size = ['-x', String(COLUMNS), '-y', String(LINES)];
    await session.tmux(
      ...['-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder],
      // Settings of tmux would not reach the shell: the one in between sets a prompt and a path of its own.
      `exec env ${settings.map(quoted).join(' ')} bash --norc --noprofile`,
    );
    await session.tmux('set-option', '-g', 'history-limit', '5000');
    await session.untilPrompt();
    return session;
  }

  /** Types a command, once the screen is empty. */
  async type(command: string): Promise<void> {
    await this.tmux('send-keys', 'C-l');
    await this.until('an empty screen', async () => (await this.capture()).trim() === PROMPT);
    // What the screen showed has become history.
    await this.tmux('clear-history');
    await this.answer(command);
  }

  /** Types into what runs already. */
  async answer(text: string): Promise<void> {
    await this.tmux('send-keys', '-l', text);
    await this.press('Enter');
  }

  async press(key: string): Promise<void> {
    await this.tmux('send-keys', key);
  }

  /** Types a command, and waits until it has ended. */
  async finish(command: string): Promise<void> {
    await this.type(command);
    await this.untilPrompt();
  }

  async untilPrompt(): Promise<void> {
    await this.until('the prompt', () => this.isWaiting());
  }

  /** Ends what still runs, after a step that failed. */
  async interrupt(): Promise<void> {
    if (await this.isWaiting()) return;
    await this.press('C-c');
    await this.untilPrompt();
  }

  async untilSays(text: string | RegExp): Promise<void> {
    await this.until(String(text), async () => new RegExp(text).test(await this.text()));
  }

  /** All that was written since the last command was typed. */
  async text(): Promise<string> {
    return this.capture(...ALL);
  }

  /** The same with its colours. */
  async ansi(): Promise<string> {
    return this.capture('-e', ...ALL);
  }

  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => undefined);
  }

  private async isWaiting(): Promise<boolean> {
    return (await this.text()).split('\n').at(-1) === PROMPT;
  }

  private async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + LONGEST_WAIT_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) {
        throw new Error(`Waited in vain for ${what}. The terminal shows:\n${await this.text()}`);
      }
      await sleep(100);
    }
  }

  /** The screen. */
  private async capture(...options: string[]): Promise<string> {
    const text = await this.tmux('capture-pane', '-p', ...options);
    return text.trimEnd();
  }

  private async tmux(...args: string[]): Promise<string> {
    return (await run('tmux', ['-L', this.server, ...args])).stdout;
  }
}
