import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What is fanned out over, and what the units are: of the files of a set functions, each called by itself (`files`) or many in one call (`batches`);
 * of the elements of a value that a task makes functions (`elements`) or commands (`commands`).
 */
export const KINDS = ["files", "batches", "elements", "commands"] as const;
export type Kind = (typeof KINDS)[number];

/** True where each unit has a file of its own as its source. */
export function isOverFiles(kind: Kind): boolean {
  return kind === "files" || kind === "batches";
}

/** Units that read their element and write one small file. */
export class Work {
  readonly kind: Kind;
  readonly count: number;
  readonly #texts: Map<string, string>;
  #edits = 0;

  constructor(kind: Kind, count: number) {
    this.kind = kind;
    this.count = count;
    this.#texts = new Map(Array.from({ length: count }, (_, i) => [nameOf(i), `${i}`] as const));
  }

  /** Writes all sources to an empty directory. */
  writeTo(root: string): void {
    mkdirSync(join(root, "data"), { recursive: true });
    mkdirSync(join(root, "build"), { recursive: true });
    if (isOverFiles(this.kind)) for (const name of this.#texts.keys()) this.#write(root, name);
    else this.#write(root, "");
  }

  /** Another content of one element: of one in the middle, another one each time. */
  edit(): string {
    this.#edits += 1;
    const name = nameOf(((this.count >> 1) + this.#edits) % this.count);
    this.#texts.set(name, `edited ${this.#edits}`);
    return name;
  }

  /** Writes what holds an element. */
  writeEdit(root: string, name: string): void {
    this.#write(root, isOverFiles(this.kind) ? name : "");
  }

  /** Throws unless every output is what its element makes. */
  check(root: string, who: string): void {
    for (const [name, text] of this.#texts) {
      const path = join(root, "build", name);
      const found = readFileSync(path, "utf8");
      if (found !== `${text}!`) throw new Error(`${who}: ${path} is ${JSON.stringify(found)}, not "${text}!"`);
    }
  }

  #write(root: string, name: string): void {
    const [path, text] =
      name === ""
        ? ["data/all.json", JSON.stringify([...this.#texts].map(([id, value]) => ({ id, text: value })))]
        : [`data/${name}.txt`, this.#texts.get(name) ?? ""];
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function nameOf(index: number): string {
  return `k${String(index).padStart(6, "0")}`;
}
