import { stripVTControlCharacters } from "node:util";
import { textWidth } from "../text/width.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** Clears row by row: when a whole screen is cleared at once, tmux copies it into its history at each repaint. */
const CLEAR_ABOVE = "\u001b[1A\u001b[2K";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The parts of a terminal that a block needs. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Lines at the end of a terminal that are redrawn in place, below text that stays. Each change is one write, so that
 * the block does not flicker. The cursor is hidden only while there is a block.
 */
export class Block {
  readonly #terminal: Terminal;
  readonly #showCursor = (): void => void this.#terminal.write(SHOW_CURSOR);
  /** Undefined: the block was not drawn yet. */
  #lines: ((size: Size) => readonly string[]) | undefined;
  /** The width of each drawn line, in columns. */
  #widths: readonly number[] = [];
  /** Text that goes above the block, and is not written yet. */
  #above = "";
  #closed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Draws the block, now and after each text above it. */
  draw(lines: (size: Size) => readonly string[]): void {
    if (this.#closed) return;
    if (this.#lines === undefined) process.once("exit", this.#showCursor);
    this.#lines = lines;
    this.flush();
  }

  /** Prints text that stays, above the block. The texts of one turn of the event loop are one write. */
  above(text: string): void {
    if (this.#above === "") queueMicrotask(() => this.#above !== "" && this.flush());
    this.#above += text;
  }

  /** Removes the block for good. */
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

  /** The rows of the drawn lines: a terminal that became narrower has wrapped them. */
  #erasure(columns: number): string {
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? "" : `\r${CLEAR_ABOVE.repeat(rows)}`;
  }
}
