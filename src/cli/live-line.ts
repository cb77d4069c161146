/** A line at the end of a terminal's output that is drawn again and again, with other lines above it. */
import { styled, writeLines, type Line } from './terminal.js';

/** Back to the first column, and nothing after it: whatever has become of the line since it was drawn. */
const CLEAR = '\r\x1b[J';

/**
 * After each drawing the cursor goes back to where the line begins. A terminal that was made narrower has broken the
 * line into several, of which the cursor is in the first, so that all of them are cleared; and a ^C that the terminal
 * echoes is overwritten.
 */
export class LiveLine {
  private parts: Line[] = [];
  private readonly redraw = () => this.draw();

  /** @param fit the parts of the line, which together are not wider than `width` */
  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly fit: (width: number) => Line[],
  ) {
    out.on('resize', this.redraw);
  }

  /** Draws the line as it is now. */
  draw(): void {
    // A column stays free: in the last one some terminals go on with the next line.
    this.parts = this.fit(Math.max(1, this.out.columns - 1));
    this.out.write(`${CLEAR}${this.text()}\r`);
  }

  /** Writes lines that stay, above the line. */
  above(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    this.out.write(CLEAR);
    writeLines(this.out, lines);
    this.draw();
  }

  /** @param leaves whether the line stays as it is */
  end(leaves: boolean): void {
    this.out.off('resize', this.redraw);
    this.out.write(leaves && this.parts.length > 0 ? `${CLEAR}${this.text()}\n` : CLEAR);
  }

  private text(): string {
    return this.parts.map((part) => styled(this.out, part)).join('');
  }
}
