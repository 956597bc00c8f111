import type { Rig } from "../support/rig.ts";
import { type CodeState, MARKS, modulesOf, NOISY, type Noise, SILENCE } from "./modules.ts";
import type { Random } from "./random.ts";

const MARKED = ["red", "green", "blue"];

/** The helpers of function tasks: edits of what they do, and edits that mean nothing to them. */
export class Code {
  state: CodeState;
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #trail: string;
  #written: ReadonlyMap<string, string> = new Map();

  constructor(rig: Rig, random: Random, trail: string) {
    this.#rig = rig;
    this.#random = random;
    this.#trail = trail;
    this.state = {
      marks: Object.fromEntries(MARKS.map((mark) => [mark, random.pick(MARKED)])) as CodeState["marks"],
      chosen: "a",
      moved: { a: false, d: false },
      noise: Object.fromEntries(NOISY.map((name) => [name, SILENCE])) as CodeState["noise"],
    };
  }

  /** Changes something in the state. Returns what, as a story. */
  change(): string {
    const roll = this.#random.below(8);
    if (roll <= 3) return this.#mark();
    if (roll === 4) return this.#choose();
    if (roll === 5) return this.#move();
    return this.#rustle();
  }

  /** Writes the modules that are others now. */
  write(): void {
    const texts = modulesOf(this.state, this.#trail);
    for (const path of this.#written.keys()) if (!texts.has(path)) this.#rig.remove(path);
    for (const [path, text] of texts) if (this.#written.get(path) !== text) this.#rig.write(path, text);
    this.#written = texts;
  }

  #mark(): string {
    const mark = this.#random.pick(MARKS);
    const marks = { ...this.state.marks, [mark]: this.#random.pick(MARKED) };
    this.state = { ...this.state, marks };
    return `mark ${mark} ${marks[mark]}`;
  }

  #choose(): string {
    this.state = { ...this.state, chosen: this.state.chosen === "a" ? "b" : "a" };
    return `chosen is ${this.state.chosen}`;
  }

  /** Moves a module, and rewrites the imports of it. */
  #move(): string {
    const name = this.#random.pick(["a", "d"] as const);
    const moved = { ...this.state.moved, [name]: !this.state.moved[name] };
    this.state = { ...this.state, moved };
    return `move ${name} ${JSON.stringify(moved)}`;
  }

  /** An edit that no function notices. */
  #rustle(): string {
    const name = this.#random.pick(NOISY);
    const change = this.#random.pick<(noise: Noise) => Noise>([
      (noise) => ({ ...noise, comment: noise.comment + 1 }),
      (noise) => ({ ...noise, types: noise.types + 1 }),
      (noise) => ({ ...noise, neighbour: noise.neighbour + 1 }),
      (noise) => ({ ...noise, isSpread: !noise.isSpread }),
      (noise) => ({ ...noise, isReversed: !noise.isReversed }),
    ]);
    const noise = { ...this.state.noise, [name]: change(this.state.noise[name]) };
    this.state = { ...this.state, noise };
    return `noise in ${name} ${JSON.stringify(noise[name])}`;
  }
}
