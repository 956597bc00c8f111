/** Where in a shell command an interpolation stands. */
export type Quoting = "none" | "single" | "double";

/**
 * Follows the quoting of POSIX shell text, piece by piece, far enough to know whether an interpolation stands
 * inside quotes. `$(…)` begins anew; comments are skipped; after a here-document no quotes are reported.
 */
export class ShellText {
  #stack: Quoting[] = ["none"];
  #comment = false;
  #blind = false;
  #last = "";

  get quoting(): Quoting {
    return this.#blind || this.#comment ? "none" : (this.#stack.at(-1) as Quoting);
  }

  /** True when text right before this place belongs to the same word. */
  get glued(): boolean {
    return this.#last !== "" && !/[\s(;|&<>`]/.test(this.#last);
  }

  /** Something was interpolated here. */
  interpolated(): void {
    this.#last = "x";
  }

  push(text: string): void {
    if (text.includes("<<")) this.#blind = true;
    for (let i = 0; i < text.length; i += 1) i += this.#step(text, i);
    this.#last = text.at(-1) ?? this.#last;
  }

  /** Takes one character; gives how many more it took. */
  #step(text: string, i: number): number {
    const char = text[i] as string;
    const quoting = this.#stack.at(-1) as Quoting;
    if (this.#comment) {
      if (char === "\n") this.#comment = false;
      return 0;
    }
    if (quoting === "single") {
      if (char === "'") this.#stack.pop();
      return 0;
    }
    if (char === "\\") return 1;
    if (char === "$" && text[i + 1] === "(") {
      this.#stack.push("none");
      return 1;
    }
    if (char === '"') {
      if (quoting === "double") this.#stack.pop();
      else this.#stack.push("double");
    } else if (quoting === "none") this.#unquoted(text, i, char);
    return 0;
  }

  #unquoted(text: string, i: number, char: string): void {
    const before = i === 0 ? this.#last : (text[i - 1] as string);
    if (char === "'") this.#stack.push("single");
    else if (char === "(") this.#stack.push("none");
    else if (char === ")" && this.#stack.length > 1) this.#stack.pop();
    else if (char === "#" && (before === "" || /\s/.test(before))) this.#comment = true;
  }
}

const PLAIN = /^[\w@%+=:,./-]+$/;

/** Quotes a word for a POSIX shell where it needs it. */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** True when quoting changes nothing. */
export function isPlainWord(word: string): boolean {
  return PLAIN.test(word);
}
