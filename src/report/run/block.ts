import { stripVTControlCharacters } from "node:util";
import { textWidth } from "../text/width.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** Row by row: where a whole screen is cleared at once, tmux puts what stood there into its history, at each repaint. */
const CLEAR_ABOVE = "\u001b[1A\u001b[2K";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal, as far as a block needs it. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Some lines at the end of a terminal that are drawn over and over, below text that stays. Each change is one write, so that no
 * moment shows the terminal without the block. The cursor is hidden while it stands, never longer.
 */
export class Block {
  readonly #terminal: Terminal;
  readonly #showCursor = (): void => void this.#terminal.write(SHOW_CURSOR);
  /** Undefined until it is drawn for the first time. */
  #lines: ((size: Size) => readonly string[]) | undefined;
  /** Columns that each drawn line takes. */
  #widths: readonly number[] = [];
  /** What is to stand above the block, and is not written yet. */
  #above = "";
  #closed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Draws the block, now and with all that is written above it from now on. */
  draw(lines: (size: Size) => readonly string[]): void {
    if (this.#closed) return;
    if (this.#lines === undefined) process.once("exit", this.#showCursor);
    this.#lines = lines;
    this.flush();
  }

  /** Text that stays, above the block. What comes in one turn of the event loop is written at once. */
  above(text: string): void {
    if (this.#above === "") queueMicrotask(() => this.#above !== "" && this.flush());
    this.#above += text;
  }

  /** Takes the block away for good. */
  remove(): void {
    if (this.#closed) return;
    const isDrawn = this.#lines !== undefined;
    this.#closed = true;
    this.#lines = undefined;
    this.flush();
    if (!isDrawn) return;
    this.#showCursor();
    process.off("exit", this.#showCursor);
  }

  flush(): void {
    const size = { columns: this.#terminal.columns || 80, rows: this.#terminal.rows || 24 };
    const drawn = this.#lines?.(size) ?? [];
    const text = this.#above + (drawn.length === 0 ? "" : `${HIDE_CURSOR}${drawn.join("\n")}\n`);
    const before = this.#erasure(size.columns);
    this.#above = "";
    this.#widths = drawn.map((line) => textWidth(stripVTControlCharacters(line)));
    if (before + text !== "") this.#terminal.write(before + text);
  }

  /** A terminal that has become narrower has wrapped what was drawn: it takes more rows than there were lines. */
  #erasure(columns: number): string {
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? "" : `\r${CLEAR_ABOVE.repeat(rows)}`;
  }
}
